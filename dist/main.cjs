'use strict';

// The entry of the action: starts the binary and is otherwise not there.
//
// The runner knows JavaScript, container and composite actions, and no binary.
// So this file finds the one for the machine, gives it the environment, the
// streams and the signals that it got itself, and exits as the binary exits. It
// reads no input, takes nothing from the network and must never start a shell:
// dash drops variables with a hyphen in their name, such as INPUT_TAG-TEMPLATE.

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

/** Platforms that a release holds a static binary for, beside this file. */
const RELEASED = ['linux-x64', 'linux-arm64'];

/** Prints an error annotation, escaped as the runner's protocol asks, and fails the step. */
function fail(message) {
  const data = message.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  process.stdout.write(`::error title=ecs-release::${data}\n`);
  process.exitCode = 1;
}

/** The path of the binary; throws a message for people where there is none. */
function findBinary() {
  const platform = `${process.platform}-${process.arch}`;
  const released = path.join(__dirname, `ecs-release-${platform}`);
  const name = process.platform === 'win32' ? 'ecs-release.exe' : 'ecs-release';
  const built = path.join(__dirname, '..', 'target', 'release', name);
  const binary = [released, built].find((candidate) => fs.existsSync(candidate));
  if (binary) return binary;
  const [problem, move] = RELEASED.includes(platform)
    ? ['This checkout of ecs-release holds no binary: only release tags do.', 'Use one (@v1)']
    : [`ecs-release is released for ${RELEASED.join(' and ')}, not for ${platform}.`, 'Use a Linux runner'];
  throw new Error(`${problem}\n${move}, or build it with: cargo build --release (looked for ${built})`);
}

/** A checkout made from an archive or over a share may lack the bit that git keeps. */
function makeExecutable(binary) {
  try {
    fs.accessSync(binary, fs.constants.X_OK);
  } catch {
    fs.chmodSync(binary, 0o755);
  }
}

function main() {
  let child;
  const forwarded = new Set();
  // The runner signals this process only: SIGINT, 7.5 s later SIGTERM, 2.5 s
  // later the end. Under a blocking spawnSync these handlers would never run.
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      forwarded.add(signal);
      child?.kill(signal);
    });
  }
  const binary = findBinary();
  makeExecutable(binary);
  child = spawn(binary, process.argv.slice(2), { stdio: 'inherit', env: process.env, shell: false });
  child.on('error', (error) => {
    // The file was there a moment ago, so what is missing is what it needs.
    const why = error.code === 'ENOENT' ? 'its loader or interpreter is missing here' : error.message;
    fail(`${binary} could not be run: ${why}`);
  });
  child.on('exit', (code, signal) => {
    if (signal && !forwarded.has(signal)) fail(`ecs-release was ended by ${signal}`);
    process.exitCode = code ?? 128 + os.constants.signals[signal];
  });
}

try {
  main();
} catch (error) {
  fail(error.message);
}
