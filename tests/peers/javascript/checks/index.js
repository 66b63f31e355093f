// All checks, by name.

import "./contents.js";
import "./entities.js";
import "./locks.js";
import "./peeking.js";
import "./refusing.js";
import "./rules.js";
import "./sending.js";
import "./sessions.js";
import "./settling.js";

export { CHECKS, config } from "./registry.js";
