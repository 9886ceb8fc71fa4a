export type { CiProvider, DetectedCi } from './ci/detect-ci.ts';
export { detectCi } from './ci/detect-ci.ts';
export { readEventFile } from './ci/read-event-file.ts';
export type { ConfigFile, ConfigFileOptions } from './config-file/create-config-file.ts';
export { CONFIG_FILE_NAME, createConfigFile } from './config-file/create-config-file.ts';
export type { ConfigDocument } from './config-file/parse-yaml-config.ts';
export { parseYamlConfig } from './config-file/parse-yaml-config.ts';
export type { PortsRequest } from './create-ports.ts';
export { createPorts } from './create-ports.ts';
export { createDiskImages } from './disk-image/create-disk-images.ts';
export type { MachineImagesOptions } from './ec2/create-machine-images.ts';
export { createMachineImages } from './ec2/create-machine-images.ts';
export { writeFileAtomically } from './file-system/atomic-file.ts';
export { createLocalDeployFolder } from './file-system/create-local-deploy-folder.ts';
export type { LocalWorld, LocalWorldOptions } from './file-system/create-local-world.ts';
export { createLocalWorld } from './file-system/create-local-world.ts';
export { keepReceiptKey } from './file-system/create-receipt-key-file.ts';
export type { LocalReleaseLock } from './file-system/create-release-lock.ts';
export { createReleaseLock } from './file-system/create-release-lock.ts';
export { createRunStore } from './file-system/create-run-store.ts';
export { createSystemClock } from './file-system/create-system-clock.ts';
export type { GithubCodeHostOptions } from './github/create-github-code-host.ts';
export { createGithubCodeHost } from './github/create-github-code-host.ts';
export type { GithubCredential } from './github/github-credential.ts';
export { readGithubCredential } from './github/github-credential.ts';
export type { WorkflowRun } from './github-actions/github-environment.ts';
export type { GithubTrigger, GithubTriggerQuestion } from './github-actions/read-github-trigger.ts';
export { readGithubTrigger } from './github-actions/read-github-trigger.ts';
export type {
  Authorize,
  CopiedImage,
  ImageRegistry,
  PushedImage,
  PushRequest,
} from './image-registry.ts';
export type { CiEvent, CiEventQuestion } from './read-ci-event.ts';
export { readCiEvent } from './read-ci-event.ts';
export type { ReceiptSigning } from './receipt-signing.ts';
export type { ImageRegistryOptions } from './registry/create-image-registry.ts';
export { createImageRegistry } from './registry/create-image-registry.ts';
export { createTestHistory } from './sqlite/create-test-history.ts';
export type { ReceiptSigningRequest } from './wire-receipt-signing.ts';
export { wireReceiptSigning } from './wire-receipt-signing.ts';
