import { readdirSync, readFileSync } from 'node:fs';

const KIB_PER_MIB = 1024;

/** Peak resident size of a running process in MiB; `undefined` once it has ended. Read from Linux's `/proc`. */
export function peakResidentMiB(pid: number): number | undefined {
  return statusMiB(pid, 'VmHWM');
}

/** Current resident size of a process in MiB; `undefined` once it has ended. */
export function residentMiB(pid: number): number | undefined {
  return statusMiB(pid, 'VmRSS');
}

/** Current resident size of a process and all its descendants in MiB. Shared pages count once per process. */
function treeResidentMiB(root: number): number {
  const children = new Map<number, number[]>();
  for (const pid of runningPids()) {
    const parent = statusNumber(pid, 'PPid');
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  let total = 0;
  const left = [root];
  for (let pid = left.pop(); pid !== undefined; pid = left.pop()) {
    total += statusMiB(pid, 'VmRSS') ?? 0;
    left.push(...(children.get(pid) ?? []));
  }
  return total;
}

/** Calls `observe` with the size of the tree at short intervals until the returned function is called. */
export function watchTree(root: number, observe: (mib: number) => void, everyMs = 200): () => void {
  const timer = setInterval(() => observe(treeResidentMiB(root)), everyMs);
  return () => clearInterval(timer);
}

function runningPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function statusMiB(pid: number, field: string): number | undefined {
  const kib = statusNumber(pid, field);
  return kib === undefined ? undefined : kib / KIB_PER_MIB;
}

function statusNumber(pid: number, field: string): number | undefined {
  try {
    const value = new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return value === undefined ? undefined : Number(value);
  } catch {
    // The process has ended between the listing and the reading.
    return undefined;
  }
}
