/** What a runtime cannot do and core has no name for; the message is the reason that the caller gets with `ENOTSUP`. */
export class Unsupported extends Error {}
