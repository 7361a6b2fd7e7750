/** Where the local system keeps its data: `DATA_DIR`, or a directory that is deleted when it ends. */
import { mkdir, mkdtemp, rm, rmdir, stat } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { messageOf, StartError } from '../start-error.ts';

export interface DataDirectory {
  /** Directories of the embedded services; undefined: in memory. */
  queue: string | undefined;
  tables: string | undefined;
  documents: string | undefined;
  firefish: string | undefined;
  /** The encryption key's file, which the functions make if there is none. */
  keyFile: string;
  /** Removes the data of this run. */
  close(): Promise<void>;
}

/** The default place of the key to tables elsewhere. */
export const homeKeyFile = (): string => join(homedir(), '.sourcewhale-firefish', 'key');

/**
 * @param tablesElsewhere whether the tables outlive this run: then the key must outlive it, too
 * @throws StartError if `path` cannot be used
 */
export async function openDataDirectory(
  path: string | undefined,
  tablesElsewhere: boolean,
): Promise<DataDirectory> {
  if (path === undefined) {
    const temporary = await mkdtemp(join(tmpdir(), 'sourcewhale-firefish-'));
    return {
      queue: undefined,
      tables: undefined,
      documents: undefined,
      firefish: undefined,
      keyFile: tablesElsewhere ? homeKeyFile() : join(temporary, 'key'),
      close: () => rm(temporary, { recursive: true, force: true }),
    };
  }
  const root = resolve(path);
  await makeWritable(root);
  return {
    queue: join(root, 'queue'),
    tables: join(root, 'tables'),
    documents: join(root, 'documents'),
    firefish: join(root, 'firefish'),
    keyFile: join(root, 'key'),
    close: () => Promise.resolve(),
  };
}

async function makeWritable(root: string): Promise<void> {
  const otherwise = 'set DATA_DIR to a directory that can be written to, or unset it to keep nothing';
  try {
    await makeDirectory(root);
    if (!(await stat(root)).isDirectory()) throw new StartError(`DATA_DIR: ${root} is a file; ${otherwise}`);
    // The permissions are not enough: the disk can be full, or mounted read-only.
    await rmdir(await mkdtemp(join(root, '.probe-')));
  } catch (error) {
    if (error instanceof StartError) throw error;
    // Node's errors have it.
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTDIR') throw new StartError(`DATA_DIR: ${root} goes through a file; ${otherwise}`);
    throw new StartError(`DATA_DIR: ${root} can't be used (${messageOf(error)}); ${otherwise}`);
  }
}

/** Node's own `recursive` never ends if a file system takes no directories (/proc): each level is tried once. */
async function makeDirectory(path: string): Promise<void> {
  try {
    // Only for the owner: the key and the payloads are in it.
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    const parent = dirname(path);
    if (code !== 'ENOENT' || (await exists(parent))) throw error;
    await makeDirectory(parent);
    await mkdir(path, { mode: 0o700 });
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
