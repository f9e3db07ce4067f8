/** Names of the time zones in Go's lib/time/zoneinfo.zip: its files, as the central directory of the archive lists them. */
export function zoneNames(zip: Buffer): string[] {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  const names: string[] = [];
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [name, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset));
    names.push(zip.toString('utf8', at + 46, at + 46 + name));
    at += 46 + name + extra + comment;
  }
  // folders, and `Factory`, which stands for a clock that nobody has set
  return names.filter((name) => !name.endsWith('/') && name !== 'Factory').sort();
}
