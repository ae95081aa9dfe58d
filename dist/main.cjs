'use strict';

// The entry of the action: it only starts the binary.
//
// The runner starts JavaScript, container and composite actions, but no binaries. So
// this file finds the binary for the machine, and the process becomes it: node's memory
// is free for the whole rollout, and the runner's signals reach the binary itself.
// Where node can't do that, the binary gets the environment, the streams and the
// signals of this process, which exits with the exit code of the binary. It reads no input,
// takes nothing from the network and must never start a shell: dash drops variables
// with a hyphen in their name, such as INPUT_TAG-TEMPLATE.

const fs = require('node:fs');
const path = require('node:path');

/** Platforms that a release holds a binary for, beside this file; those of Linux as ELF names them (`e_machine`). */
const RELEASED = { 'linux-x64': 62, 'linux-arm64': 183, 'darwin-arm64': null, 'win32-x64': null };
const platform = `${process.platform}-${process.arch}`;

/** The type of an ELF segment that names the loader. */
const PT_INTERP = 3;

/** Prints an error annotation, escaped as the runner's protocol asks, and fails the step. */
function fail(message) {
  const data = message.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  process.stdout.write(`::error title=ecs-release::${data}\n`);
  process.exitCode = 1;
}

/** The path of the binary; throws a message for people if there is none. */
function findBinary() {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const released = path.join(__dirname, `ecs-release-${platform}${suffix}`);
  const built = path.join(__dirname, '..', 'target', 'release', `ecs-release${suffix}`);
  const binary = [released, built].find((candidate) => fs.existsSync(candidate));
  if (binary) return binary;
  const [problem, move] = platform in RELEASED
    ? ['This checkout of ecs-release has no binary: only release tags have one.', 'Use a release tag']
    : [`ecs-release is released for ${Object.keys(RELEASED).join(', ')}, not for ${platform}.`, 'Use a runner with one of these platforms'];
  throw new Error(`${problem}\n${move}, or build it with: cargo build --release (looked for ${built})`);
}

/** A checkout made from an archive or over a share may lack the bit that git keeps. */
function makeExecutable(binary) {
  try {
    fs.accessSync(binary, fs.constants.X_OK);
  } catch {
    fs.chmodSync(binary, 0o755);
    // The bit does not help on a file system that is mounted without the right to run programs.
    fs.accessSync(binary, fs.constants.X_OK);
  }
}

/**
 * Whether this process can become the binary; throws if nothing can run it. The file
 * is checked first, because a failed execve ends node 24 with a stack trace, and spawn
 * gives a file that is not a program to a shell.
 */
function canReplace(binary) {
  if (!RELEASED[platform]) return false;
  const head = Buffer.alloc(4096);
  const file = fs.openSync(binary, 'r');
  fs.readSync(file, head);
  fs.closeSync(file);
  // A script: spawn reports whether its interpreter exists.
  if (head.toString('latin1', 0, 2) === '#!') return false;
  if (head.readUInt32BE(0) !== 0x7f454c46 || head.readUInt16LE(18) !== RELEASED[platform]) {
    throw new Error(`it is not a program for ${platform}`);
  }
  const segments = Number(head.readBigUInt64LE(32));
  for (let at = segments, end = at + 56 * head.readUInt16LE(56); at < end; at += 56) {
    if (head.readUInt32LE(at) !== PT_INTERP) continue;
    const from = Number(head.readBigUInt64LE(at + 8));
    const loader = head.toString('latin1', from, head.indexOf(0, from));
    if (!fs.existsSync(loader)) throw new Error(`its loader ${loader} is missing here`);
  }
  return typeof process.execve === 'function';
}

/** Runs the binary as a child. */
function start(binary, args) {
  const { spawn } = require('node:child_process');
  const { signals } = require('node:os').constants;
  let child;
  const forwarded = new Set();
  // The runner signals this process only: SIGINT, 7.5 s later SIGTERM, 2.5 s
  // later the end. Under a blocking spawnSync these handlers would never run.
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      forwarded.add(signal);
      // Windows tells the child itself, and knows no signal that would not end it at once.
      if (process.platform !== 'win32') child?.kill(signal);
    });
  }
  child = spawn(binary, args, { stdio: 'inherit', env: process.env, shell: false });
  child.on('error', (error) => {
    // The file was there a moment ago, so what is missing is what it needs.
    const why = error.code === 'ENOENT' ? 'its loader or interpreter is missing here' : error.message;
    fail(`${binary} could not be run: ${why}`);
  });
  child.on('exit', (code, signal) => {
    if (signal && !forwarded.has(signal)) fail(`ecs-release was terminated by ${signal}`);
    process.exitCode = code ?? 128 + signals[signal];
  });
}

function run(binary, args) {
  try {
    makeExecutable(binary);
    if (canReplace(binary)) process.execve(binary, [binary, ...args]);
    start(binary, args);
  } catch (error) {
    fail(`${binary} could not be run: ${error.message}`);
  }
}

try {
  run(findBinary(), process.argv.slice(2));
} catch (error) {
  fail(error.message);
}
