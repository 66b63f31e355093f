// How fast a plain AMQP client is, which every broker understands: `plain.js PORT ADDRESS COUNT`. It is rhea, on which
// the library of Azure stands as well: what differs is the broker alone.
//
// With a fourth argument, the id of the broker's process, messages go through the queue instead of filling it first,
// and the broker's resident memory is told ten times on the way.

import { readFileSync } from "node:fs";

import rhea from "rhea";

const [port, address, wanted, pid] = process.argv.slice(2);
const count = Number(wanted);
const body = rhea.message.data_section(Buffer.alloc(5_000, "x"));
const CREDIT = 200;
// How many messages may be in the queue where they go through it.
const BACKLOG = 1_000;

// What the sender has to know of the receiver, and how it is woken.
const through = { received: 0, wake() {} };

function rate(what, begin) {
  console.log(`${what}\t${Math.round(count / ((performance.now() - begin) / 1_000))}`);
}

function resident() {
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return (Number(kilobytes) / 1_024).toFixed(1);
}

const connect = () => rhea.create_container().connect({ port: Number(port), host: "localhost", reconnect: false });

// Sends all messages and waits for all their outcomes.
function send() {
  return new Promise((done, failed) => {
    let sent = 0;
    let accepted = 0;
    const connection = connect();
    connection.open_sender(address);
    const more = (sender) => {
      while (sender.sendable() && sent < count && !(pid && sent - through.received >= BACKLOG)) {
        sender.send({ body });
        sent += 1;
      }
    };
    connection.on("sendable", ({ sender }) => {
      through.wake = () => more(sender);
      more(sender);
    });
    connection.on("accepted", () => {
      accepted += 1;
      if (accepted === count) {
        connection.close();
        done();
      }
    });
    for (const fault of ["rejected", "disconnected", "sender_error"]) connection.on(fault, () => failed(new Error(fault)));
  });
}

// Receives and accepts all messages.
function receive() {
  return new Promise((done, failed) => {
    let received = 0;
    const connection = connect();
    connection.open_receiver({ source: address, credit_window: CREDIT });
    connection.on("message", () => {
      received += 1;
      through.received = received;
      through.wake();
      if (pid && received % (count / 10) === 0) console.log(`resident after ${received} messages (MB)\t${resident()}`);
      if (received === count) {
        connection.close();
        done();
      }
    });
    for (const fault of ["disconnected", "receiver_error"]) connection.on(fault, () => failed(new Error(fault)));
  });
}

if (pid) {
  console.log(`resident before (MB)\t${resident()}`);
  const begin = performance.now();
  await Promise.all([send(), receive()]);
  rate("rhea, through the queue", begin);
} else {
  let begin = performance.now();
  await send();
  rate("rhea, send", begin);
  begin = performance.now();
  await receive();
  rate(`rhea, receive with credit ${CREDIT} and accept`, begin);
}
process.exit();
