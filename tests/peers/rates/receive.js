// How fast @azure/service-bus receives and completes, and at which cost: `receive.js CONNECTION_STRING QUEUE COUNT`.
//
// At its best: 50 calls at once. Nothing is decoded. The line is that of `receive_speed`.

import { ServiceBusClient } from "@azure/service-bus";

const [text, queue, wanted] = process.argv.slice(2);
const count = Number(wanted);

const client = new ServiceBusClient(text);
const receiver = client.createReceiver(queue);
let begin, before;
await new Promise((done, failed) => {
  let left = count;
  receiver.subscribe(
    {
      processMessage: async (message) => {
        if (begin === undefined) {
          begin = performance.now();
          before = process.cpuUsage();
        }
        await receiver.completeMessage(message);
        left -= 1;
        if (left === 0) done();
      },
      processError: async ({ error }) => failed(error),
    },
    { autoCompleteMessages: false, maxConcurrentCalls: 50 },
  );
});
const rate = count / ((performance.now() - begin) / 1_000);
const { user, system } = process.cpuUsage(before);
const resident = process.memoryUsage.rss() / 1024 / 1024;
console.log(`${rate.toFixed(0)}\t${((user + system) / count).toFixed(1)}\t${resident.toFixed(1)}`);
await client.close();
process.exit();
