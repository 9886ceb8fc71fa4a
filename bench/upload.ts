// Uploading by osrel, aws-cli and rclone: the same files to the same real S3 server, alternating, in one run. Medians of
// time, processor time and memory, and what they are of osrel's. All with the settings they come with.
// Usage: [OSREL_TEST_RGW=<root of a Debian with a newer radosgw>] [OSREL_BENCH_AWS=<path of aws>]
//        node bench/upload.ts [--rounds N] [--megabytes N] [--files N]
import { spawnSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import {
  makeMixedFiles,
  makeOneFile,
  removeUpload,
  type UploadFiles,
  writeUploadList,
} from './parts/make-upload-files.ts';
import { type Measured, measureProgram } from './parts/measure-program.ts';
import { median } from './parts/median.ts';
import { readFlag } from './parts/read-flag.ts';
import { openS3Place, type S3Place } from './parts/s3-place.ts';

const AWS = process.env.OSREL_BENCH_AWS ?? 'aws';
const rounds = readFlag('rounds', 3);

type Uploader = (upload: UploadFiles, prefix: string) => readonly string[];

function uploadersOf({ server, bucket, uploader }: S3Place): ReadonlyMap<string, Uploader> {
  const awsWords = ['--endpoint-url', server.endpoint, '--only-show-errors'];
  const all: readonly (readonly [string, string, Uploader])[] = [
    [
      'osrel',
      process.execPath,
      (upload, prefix) => [
        process.execPath,
        uploader,
        server.endpoint,
        bucket,
        prefix,
        writeUploadList(upload),
      ],
    ],
    [
      'aws',
      AWS,
      ({ folder, files }, prefix) =>
        files.length === 1
          ? [
              AWS,
              's3',
              'cp',
              join(folder, nameOf(files)),
              `s3://${bucket}/${prefix}${nameOf(files)}`,
              ...awsWords,
            ]
          : [AWS, 's3', 'sync', folder, `s3://${bucket}/${prefix}`, ...awsWords],
    ],
    ['rclone', 'rclone', ({ folder }, prefix) => ['rclone', 'copy', folder, `:s3:${bucket}/${prefix}`]],
  ];
  const here = all.filter(([name, file]) => isHere(name, file));
  return new Map(here.map(([name, , words]) => [name, words]));
}

function nameOf(files: UploadFiles['files']): string {
  return files[0]?.name ?? '';
}

function isHere(name: string, file: string): boolean {
  const { status, stdout } = spawnSync(file, ['--version'], { encoding: 'utf8' });
  console.log(`${name.padEnd(8)} ${status === 0 ? stdout.split('\n')[0] : `skipped: no ${file}`}`);
  return status === 0;
}

async function compare(
  place: S3Place,
  uploaders: readonly (readonly [name: string, words: Uploader])[],
  { title, upload }: { readonly title: string; readonly upload: UploadFiles },
): Promise<void> {
  const env = {
    ...place.env,
    RCLONE_CONFIG: '/dev/null',
    RCLONE_S3_PROVIDER: 'Ceph',
    RCLONE_S3_ENV_AUTH: 'true',
    RCLONE_S3_ENDPOINT: place.server.endpoint,
  };
  const results = new Map<string, Measured[]>(uploaders.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    // Whoever comes first has the emptier server: each comes first in turn.
    for (let turn = 0; turn < uploaders.length; turn += 1) {
      const [name, words] = uploaders[(round + turn) % uploaders.length] ?? ['', () => []];
      const prefix = `${name}-${round}/`;
      const measured = measureProgram(words(upload, prefix), env);
      results.get(name)?.push(measured);
      await place.takeAway(prefix, upload);
    }
  }
  const bytes = upload.files.reduce((sum, file) => sum + file.sizeBytes, 0);
  console.log(
    `\n${title}: ${(bytes / 1e6).toFixed(0)} MB, radosgw ${place.server.version}, ${rounds} rounds, load ${loadavg()[0]?.toFixed(1)}`,
  );
  print(results);
}

function print(results: ReadonlyMap<string, readonly Measured[]>): void {
  const of = (name: string, key: keyof Measured): number =>
    median((results.get(name) ?? []).map((each) => each[key]));
  const ratio = (name: string, key: keyof Measured): string =>
    `${(of(name, key) / of('osrel', key)).toFixed(2)}x`.padStart(7);
  for (const name of results.keys())
    console.log(
      `  ${name.padEnd(8)}` +
        `${(of(name, 'wallMs') / 1000).toFixed(2).padStart(8)} s${ratio(name, 'wallMs')}` +
        `${(of(name, 'cpuMs') / 1000).toFixed(2).padStart(10)} s cpu${ratio(name, 'cpuMs')}` +
        `${of(name, 'peakMiB').toFixed(0).padStart(8)} MiB${ratio(name, 'peakMiB')}`,
    );
}

const place = await openS3Place();
if (place !== undefined) {
  try {
    const uploaders = [...uploadersOf(place)];
    for (const [title, make] of [
      ['one file', () => makeOneFile(join(place.folder, 'one'), readFlag('megabytes', 2048))],
      ['mixed files', () => makeMixedFiles(join(place.folder, 'mixed'), readFlag('files', 600))],
    ] as const) {
      const upload = make();
      await compare(place, uploaders, { title, upload });
      removeUpload(upload);
    }
  } finally {
    await place.close();
  }
}
