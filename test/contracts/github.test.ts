import { makeGithubWorld } from '../servers/github/make-github-world.ts';
import { describeCodeHost } from './code-host.ts';

describeCodeHost('GitHub with the token of a workflow', () => makeGithubWorld());
describeCodeHost('GitHub with an app', () => makeGithubWorld({ credential: 'app' }));
