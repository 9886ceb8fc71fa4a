import { createLocalWorld, createSystemClock } from '@osrel/adapters';
import { describeCodeHost } from './code-host.ts';
import { embeddedCodeHost } from './embedded-code-host.ts';
import { describeHostappApplications } from './hostapp-applications.ts';
import { describeHostappReleases } from './hostapp-releases.ts';
import { describeObjectStore } from './object-store.ts';
import { describeReleaseAssets } from './release-assets.ts';
import { temporaryFolder } from './temporary-folder.ts';

const NAME = 'the embedded world';
const APPLICATION = 'balena_os/raspberrypi4-64';

const makeWorld = async () => createLocalWorld({ root: await temporaryFolder(), clock: createSystemClock() });

const makeWithApplication = async () => {
  const world = await makeWorld();
  await world.hostappApplications.ensure({ slug: APPLICATION, deviceType: 'raspberrypi4-64', tags: {} });
  return { releases: world.hostappReleases, assets: world.releaseAssets, application: APPLICATION };
};

describeObjectStore(NAME, async () => (await makeWorld()).objectStore);
describeHostappApplications(NAME, async () => ({
  applications: (await makeWorld()).hostappApplications,
  organization: 'balena_os',
}));
describeHostappReleases(NAME, makeWithApplication);
describeReleaseAssets(NAME, makeWithApplication);
describeCodeHost(NAME, async () => embeddedCodeHost((await makeWorld()).codeHost));
