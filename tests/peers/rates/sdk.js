// How fast @azure/service-bus sends and settles messages of 5 KB: `sdk.js CONNECTION_STRING QUEUE COUNT`.

import { ServiceBusClient } from "@azure/service-bus";

const [text, queue, wanted] = process.argv.slice(2);
const count = Number(wanted);
const body = Buffer.alloc(5_000, "x");

function rate(what, messages, begin) {
  console.log(`${what}\t${Math.round(messages / ((performance.now() - begin) / 1_000))}`);
}

const client = new ServiceBusClient(text);
const sender = client.createSender(queue);
await sender.sendMessages({ body });
let begin = performance.now();
for (let sent = 0; sent < count / 10; sent += 1) await sender.sendMessages({ body });
rate("@azure/service-bus (JavaScript), send one by one", count / 10, begin);
begin = performance.now();
const batch = Array.from({ length: 100 }, () => ({ body }));
for (let sent = 0; sent < count; sent += 100) await sender.sendMessages(batch);
rate("@azure/service-bus (JavaScript), send in batches of 100", count, begin);

const total = count + count / 10 + 1;
const receiver = client.createReceiver(queue);
begin = performance.now();
await new Promise((done, failed) => {
  let left = total;
  receiver.subscribe(
    {
      processMessage: async (message) => {
        await receiver.completeMessage(message);
        left -= 1;
        if (left === 0) done();
      },
      processError: async ({ error }) => failed(error),
    },
    { autoCompleteMessages: false, maxConcurrentCalls: 50 },
  );
});
rate("@azure/service-bus (JavaScript), receive with 50 calls and complete", total, begin);
await client.close();
process.exit();
