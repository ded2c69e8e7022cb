export { adapter } from "../node/index.js";
