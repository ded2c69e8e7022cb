/** The raw peer of one subject, started when first asked, and replaced when it dies or cannot be cleared. */
import { startPeer } from "../peer/process.js";

type PeerProcess = Awaited<ReturnType<typeof startPeer>>;

/** What a peer may take to drop everything. */
const clearBound = 2_000;

/** The command that runs a command where the peer shall be. */
export type Enter = (command: readonly string[]) => readonly string[];

export class FarEnd {
  readonly #enter: () => Promise<Enter | undefined>;
  #peer: Promise<PeerProcess> | undefined;
  /** Why it died during the current case: from then on nothing that the case asks of it counts. */
  #lost: string | undefined;

  constructor(enter: () => Promise<Enter | undefined> = async () => undefined) {
    this.#enter = enter;
  }

  current(): Promise<PeerProcess> {
    return this.#peer ??= this.#start();
  }

  /** That the peer is gone is the suite's fault, whatever the case expected. */
  async ask(method: string, params: object): Promise<unknown> {
    if (this.#lost !== undefined) throw fault(this.#lost);
    const peer = await this.current();
    try {
      return await peer.call(method, params);
    } catch (error) {
      // The end of the process is reported a turn after the calls that it cut off.
      await new Promise((resolve) => setImmediate(resolve));
      throw this.#lostFault() ?? error;
    }
  }

  /** Between cases. */
  async clear(): Promise<void> {
    this.#lost = undefined;
    const peer = await this.#peer?.catch(() => undefined);
    if (peer === undefined) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => void (timer = setTimeout(reject, clearBound)));
    try {
      await Promise.race([peer.call("clear", {}), late]);
    } catch {
      this.#peer = undefined;
      await peer.stop();
    } finally {
      clearTimeout(timer);
    }
  }

  async stop(): Promise<void> {
    const peer = await this.#peer?.catch(() => undefined);
    await peer?.stop();
  }

  async #start(): Promise<PeerProcess> {
    try {
      const peer = await startPeer(await this.#enter());
      void peer.unexpectedEnd.then((end) => {
        this.#lost = end.message;
        this.#peer = undefined;
      });
      return peer;
    } catch (error) {
      this.#peer = undefined;
      throw fault((error as Error).message);
    }
  }

  #lostFault(): Error | undefined {
    return this.#lost === undefined ? undefined : fault(this.#lost);
  }
}

/** An error that is the suite's, not the subject's: the verdict is `harness-error`. */
export function fault(message: string): Error {
  return Object.assign(new Error(message), { harness: true });
}
