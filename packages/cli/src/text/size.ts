const UNITS = ['KiB', 'MiB', 'GiB', 'TiB'] as const;

/** A number of bytes in binary units: `812 B`, `1.4 MiB`, `48 MiB`. */
export function formatSize(sizeBytes: number): string {
  if (sizeBytes < 1024) return `${sizeBytes} B`;
  const power = Math.min(UNITS.length, Math.floor(Math.log2(sizeBytes) / 10));
  const value = sizeBytes / 1024 ** power;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${UNITS[power - 1]}`;
}
