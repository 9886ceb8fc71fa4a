import { addApplication } from '../servers/balena/seed-world.ts';
import { APPLICATION, setBalenaStage } from './balena-stage.ts';
import { describeHostappApplications } from './hostapp-applications.ts';
import { describeHostappReleases } from './hostapp-releases.ts';

const NAME = 'a balena API';

describeHostappApplications(NAME, async () => {
  const { osrel, server } = await setBalenaStage();
  return {
    applications: osrel().hostappApplications,
    organization: 'admin',
    makeApplication: async (wish) => addApplication(server.world, wish),
  };
});

describeHostappReleases(NAME, async () => {
  const { osrel } = await setBalenaStage();
  return { releases: osrel().hostappReleases, application: APPLICATION };
});
