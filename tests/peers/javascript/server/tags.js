// Lock tokens: 16 random bytes, which are a delivery's tag in the order of a .NET Guid, and a uuid of RFC 4122 in requests.
// Here they are hexadecimal, as in the tag.

export function toUuid(token) {
  return swapped(Buffer.from(token, "hex"));
}

export function fromUuid(uuid) {
  return swapped(uuid).toString("hex");
}

function swapped(bytes) {
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  return Buffer.from(order.map((at) => bytes[at]));
}
