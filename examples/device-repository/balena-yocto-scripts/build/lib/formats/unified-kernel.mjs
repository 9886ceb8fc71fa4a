const SECTION_HEADER_BYTES = 40;
const READ_ONLY_DATA = 0x40000040;

/**
 * Adds sections to a PE program; with .linux and .initrd on systemd's EFI stub that makes a unified kernel image.
 * The new sections follow the last one in memory and in the file, each aligned as the program asks.
 * @param {Buffer} stub a PE32+ program
 * @param {{ name: string, bytes: Buffer }[]} sections
 * @returns {Buffer}
 */
export function addPeSections(stub, sections) {
  const program = readProgram(stub);
  const headersEnd = program.tableAt + (program.count + sections.length) * SECTION_HEADER_BYTES;
  if (headersEnd > program.headersBytes) throw new Error('the EFI stub has no room for more section headers');
  const headers = Buffer.from(stub.subarray(0, program.headersBytes));
  const pieces = [headers, stub.subarray(program.headersBytes)];
  let fileAt = pad(pieces, stub.length, program.fileAlignment);
  let memoryAt = program.memoryEnd;
  for (const [index, { name, bytes }] of sections.entries()) {
    const rawBytes = alignUp(bytes.length, program.fileAlignment);
    const at = program.tableAt + (program.count + index) * SECTION_HEADER_BYTES;
    headers.write(name.padEnd(8, '\0'), at, 'latin1');
    headers.writeUInt32LE(bytes.length, at + 8);
    headers.writeUInt32LE(memoryAt, at + 12);
    headers.writeUInt32LE(rawBytes, at + 16);
    headers.writeUInt32LE(fileAt, at + 20);
    headers.writeUInt32LE(READ_ONLY_DATA, at + 36);
    pieces.push(bytes);
    fileAt = pad(pieces, fileAt + bytes.length, program.fileAlignment);
    memoryAt = alignUp(memoryAt + bytes.length, program.memoryAlignment);
  }
  headers.writeUInt16LE(program.count + sections.length, program.peAt + 6);
  headers.writeUInt32LE(memoryAt, program.optionalAt + 56);
  headers.writeUInt32LE(0, program.optionalAt + 64);
  return Buffer.concat(pieces);
}

function readProgram(stub) {
  const peAt = stub.length > 64 ? stub.readUInt32LE(60) : 0;
  if (peAt === 0 || stub.toString('latin1', peAt, peAt + 4) !== 'PE\0\0')
    throw new Error('the EFI stub is no PE program');
  const optionalAt = peAt + 24;
  if (stub.readUInt16LE(optionalAt) !== 0x20b) throw new Error('the EFI stub is no 64-bit PE program');
  const count = stub.readUInt16LE(peAt + 6);
  const tableAt = optionalAt + stub.readUInt16LE(peAt + 20);
  const memoryAlignment = stub.readUInt32LE(optionalAt + 32);
  const ends = Array.from({ length: count }, (_, index) => {
    const at = tableAt + index * SECTION_HEADER_BYTES;
    return stub.readUInt32LE(at + 12) + stub.readUInt32LE(at + 8);
  });
  return {
    peAt,
    optionalAt,
    count,
    tableAt,
    memoryAlignment,
    fileAlignment: stub.readUInt32LE(optionalAt + 36),
    headersBytes: stub.readUInt32LE(optionalAt + 60),
    memoryEnd: alignUp(Math.max(...ends), memoryAlignment),
  };
}

function pad(pieces, length, alignment) {
  const end = alignUp(length, alignment);
  if (end > length) pieces.push(Buffer.alloc(end - length));
  return end;
}

function alignUp(value, alignment) {
  return Math.ceil(value / alignment) * alignment;
}
