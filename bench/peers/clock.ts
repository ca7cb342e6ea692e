/**
 * The time that the processes of the bench measure by: the wall's, or with `--cpu` their own processor time, which tells more
 * on a machine that has other things to do. Invariant: milliseconds, never going back.
 */
const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

export const clock: () => number = process.argv.includes('--cpu') ? cpu : () => performance.now();
