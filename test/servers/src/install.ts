import { existsSync } from 'node:fs';
import { debianPackage, findPrograms, type Programs, programNames, type ServerKind } from './programs.ts';
import { run } from './run.ts';

/** One install at a time on this machine, whoever asks for it. The kernel lets go of the lock when its holder dies. */
const LOCK = '/var/lock/flagwright-test-servers.lock';

/**
 * Installs the packages that are its arguments and starts nothing: services are refused by `policy-rc.d` while it
 * runs, PostgreSQL makes no cluster of its own, and where there is systemd the services stay off at the next boot.
 */
const INSTALL = `
set -eu
policy=/usr/sbin/policy-rc.d
clusters=/etc/postgresql-common/createcluster.d
ours=
cleanup() { [ -z "$ours" ] || rm -f "$policy"; rm -f "$clusters/flagwright.conf"; }
trap cleanup EXIT
trap 'exit 1' HUP INT TERM
if [ ! -e "$policy" ]; then
  ours=yes
  printf '#!/bin/sh\\nexit 101\\n' >"$policy"
  chmod 755 "$policy"
fi
mkdir -p "$clusters"
echo 'create_main_cluster = false' >"$clusters/flagwright.conf"
export DEBIAN_FRONTEND=noninteractive
apt-get -qq -o DPkg::Lock::Timeout=300 update
apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold install -y --no-install-recommends "$@"
if [ -d /run/systemd/system ]; then
  for name; do
    if systemctl cat "$name" >/dev/null 2>&1; then systemctl disable --now "$name"; fi
  done
fi
`;

/**
 * The programs of one kind of server. If they are missing, root on Debian or Ubuntu gets them by `apt-get` (a matter of
 * seconds to minutes, told on standard error); anyone else gets an error that names what to install.
 */
export async function ensure<Kind extends ServerKind>(kind: Kind): Promise<Programs<Kind>> {
  await ensureAll(kind);
  return findPrograms(kind)!;
}

/** As `ensure`, for several kinds of servers by one install. */
export async function ensureAll(...kinds: readonly ServerKind[]): Promise<void> {
  if (process.platform !== 'linux') {
    throw new Error(
      `These tests start and watch servers by means of Linux, and this is ${process.platform}: run them there`,
    );
  }
  const missing = kinds.filter((kind) => findPrograms(kind) === undefined);
  if (missing.length === 0) return;
  const packages = missing.map(debianPackage);
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) throw new Error(advice(missing, packages));
  process.stderr.write(`Installing the Debian packages ${packages.join(', ')}, for tests against real servers\n`);
  await run('flock', [LOCK, 'sh', '-c', INSTALL, 'install', ...packages], { timeout: 600_000 });
  const still = missing.filter((kind) => findPrograms(kind) === undefined);
  if (still.length > 0) throw new Error(advice(still, still.map(debianPackage)));
}

function advice(missing: readonly ServerKind[], packages: readonly string[]): string {
  const programs = missing.flatMap(programNames).join(', ');
  return (
    `The programs ${programs} are not all on this machine, and these tests run against real servers. ` +
    `Install them, on Debian or Ubuntu by \`sudo apt-get install ${packages.join(' ')}\`; ` +
    'their services need not run: the tests start servers of their own on free ports.'
  );
}
