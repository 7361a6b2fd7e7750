import { readFileSync } from 'node:fs';

/**
 * The most that a process has held in memory so far, in MB; undefined on a machine that keeps no such record
 * (Linux does, under /proc).
 */
export function peakResidentMb(pid: number): number | undefined {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : (Number(kilobytes) * 1024) / 1e6;
  } catch {
    return undefined;
  }
}
