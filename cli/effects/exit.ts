/** Where a command leaves its exit code: 0 fine, 1 the program was rejected or failed, 2 the command line was wrong. */
export interface Exit {
  code: number;
}
