import { describeMachineImages } from './machine-images.ts';
import { startEc2Place } from './machine-images-place.ts';

describeMachineImages('EC2', () => startEc2Place());
describeMachineImages('EC2 behind its replicas', async () => {
  const place = await startEc2Place();
  place.server.world.lag = 2;
  return place;
});
