// Has @azure/service-bus judge a Service Bus.
//
//     judge.js config [NAME...]   prints the Config.json with the entities of the checks
//     judge.js run                reads a line of JSON for each Service Bus to judge, prints one for each check
//
// A line to judge by:
//     {"run": "any name", "checks": ["name", ...], "connection_string": "...", "key_name": "...", "key": "...",
//      "tls_port": 5671}
// A line of a verdict:
//     {"run": "any name", "name": "...", "ok": false, "error": "...", "ms": 12}

import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";

import { Bus } from "./checks/bus.js";
import { CHECKS, config } from "./checks/index.js";

// Checks that run at a time, of all runs together; most of them wait for a lock or a message most of the time.
const WORKERS = 16;
// How long a check may take, in milliseconds. One that takes longer has failed, and nobody waits for it.
const LIMIT = 15_000;

// Runs one check against one Service Bus; gives the text of its error, or nothing.
async function judge(place, check) {
  const bus = new Bus(place);
  const late = new AbortController();
  try {
    const limit = pause(LIMIT, undefined, { signal: late.signal }).then(() => {
      throw new Error(`not done after ${LIMIT / 1_000} s`);
    });
    await Promise.race([check.run(bus, check.name), limit]);
    return null;
  } catch (error) {
    return error.code === "ERR_ASSERTION" ? error.message : `${error.code ?? error.name}: ${error.message}`;
  } finally {
    late.abort();
    void bus.close();
  }
}

async function run() {
  const places = (await text(process.stdin)).split("\n").filter((line) => line.trim()).map((line) => JSON.parse(line));
  const jobs = places.flatMap((place) => place.checks.map((name) => ({ place, check: CHECKS.get(name) })));
  const work = async () => {
    for (let job = jobs.shift(); job; job = jobs.shift()) {
      const begin = Date.now();
      const error = await judge(job.place, job.check);
      const verdict = { run: job.place.run, name: job.check.name, ok: error === null, ms: Date.now() - begin, error };
      console.log(JSON.stringify(verdict));
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
}

// The library leaves promises of its own behind when a check ends early.
process.on("unhandledRejection", () => {});

const [command, ...names] = process.argv.slice(2);
if (command === "config") {
  const checks = names.length ? names.map((name) => CHECKS.get(name)) : [...CHECKS.values()];
  console.log(JSON.stringify(config(checks), undefined, 2));
} else if (command === "run") {
  await run();
} else {
  console.error("expected `config` or `run`; see the head of this file");
  process.exitCode = 2;
}
// Checks that nobody waits for any more keep connections open.
process.exit();
