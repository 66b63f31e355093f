// A small Service Bus on rhea: an AMQP stack that shares no line with ours, to judge our listener by.
//
// Start it from where the packages are installed, and keep its stdin open; it ends when its stdin does:
//
//     node --preserve-symlinks --preserve-symlinks-main target/judges/javascript/server/main.js
//
// When it listens, it prints one line:
//     {"port": 34567, "connection_string": "Endpoint=sb://localhost:34567;..."}
//
// After that each line on stdin is a command, answered by one line with the same id, as it comes:
//     {"id": 1, "do": "queue", "name": "crm", "lock_ms": 30000, "max_deliveries": 10}
//     {"id": 1, "ok": {}}  or  {"id": 1, "error": "..."}
// The commands are in control.js, what can be made to go wrong in switches.js.
//
// What happens is told by lines without an id:
//     {"event": "outcome", "queue": "crm", "sequence": 1, "message_id": "a", "outcome": "accepted", "by": "link",
//      "taken": true, "deliveries": 1, "properties": {}, "reason": null, "description": null}
//     {"event": "attached" | "detached" | "delivered" | "renewed" | "expired", "queue": "crm", ...}
// The outcomes are accepted, released, abandoned, deferred and rejected; `by` is link or management. One that the server
// refused, or made as if it had not heard, has "taken": false.
//
// Queues are also made on use. Tokens are believed. There are no sessions, topics or transactions.

import { createInterface } from "node:readline";

import { Control } from "./control.js";
import { listen } from "./listen.js";
import { Namespace } from "./queues.js";
import { Switches } from "./switches.js";

const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const namespace = new Namespace((event) => print(event));
const switches = new Switches();
const { container, port } = await listen(namespace, switches);
const control = new Control(container, namespace, switches);
const credentials = "SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=c29tZSBrZXk=";
print({
  port,
  connection_string: `Endpoint=sb://localhost:${port};${credentials};UseDevelopmentEmulator=true`,
});

for await (const line of createInterface({ input: process.stdin })) {
  const { id, do: command, ...given } = JSON.parse(line);
  try {
    print({ id, ok: control.run(command, given) ?? {} });
  } catch (error) {
    print({ id, error: error.message });
  }
}
process.exit();
