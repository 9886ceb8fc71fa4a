export type { BuildConfig, SecretSource, SigningConfig } from './config/build-config.ts';
export type {
  Config,
  EnvironmentConfig,
  EventAction,
  EventCell,
  EventChoice,
  EventName,
  EventPolicy,
  MachineConfig,
  MachineImagesConfig,
  TestsConfig,
} from './config/config.ts';
export { EVENT_ACTIONS, EVENT_NAMES } from './config/config.ts';
export { renderConfigSchema } from './config/config-schema.ts';
export type { ExplainedSetting } from './config/config-settings.ts';
export { explainConfig } from './config/config-settings.ts';
export { BUILT_IN_SUITES, DEFAULT_GITHUB, LOCAL_ENVIRONMENT } from './config/default-config.ts';
export { listSecretVariables } from './config/list-secret-variables.ts';
export type { ConfigSource } from './config/parse-config.ts';
export { parseConfig } from './config/parse-config.ts';
export type { BuildFlags } from './config/with-build-flags.ts';
export { buildConfigOf, withBuildFlags } from './config/with-build-flags.ts';
export { CUT_MARK } from './engine/cut-line.ts';
export { eventErrorOf } from './engine/event-error.ts';
export { executePlan } from './engine/execute-plan.ts';
export type { ExecuteRequest, RunReport, StepReport } from './engine/execute-plan-types.ts';
export type { JournalEntry } from './engine/journal.ts';
export { journalEntrySchema } from './engine/journal.ts';
export type { JournalReceipt, ReplayedJournal } from './engine/journal-replay.ts';
export { replayJournal } from './engine/journal-replay.ts';
export type { LineRedaction } from './engine/line-redaction.ts';
export { createLineRedaction } from './engine/line-redaction.ts';
export type { RedactionStream, Redactor } from './engine/redactor.ts';
export { createRedactor } from './engine/redactor.ts';
export type { EventError, EventSink, RunEvent, RunOutcomeWord, StepOutcome } from './engine/run-event.ts';
export type { Journal, KeptLog, RefusalRecord, RunRecord, RunStore, RunSummary } from './engine/run-store.ts';
export type { LinesSink, StepLines } from './engine/step-lines.ts';
export { listLines, listLogEvents } from './engine/step-lines.ts';
export { assertNever } from './errors/assert-never.ts';
export type { ErrorKind, OsrelErrorOptions, Problem } from './errors/osrel-error.ts';
export {
  asOsrelError,
  badConfig,
  badUsage,
  cancelled,
  conflict,
  DEFECT_EXIT_CODE,
  EXIT_CODES,
  integrityBroken,
  notPermitted,
  OsrelError,
  refused,
  rigFailed,
  testsFailed,
  toolFailed,
  upstreamFailed,
} from './errors/osrel-error.ts';
export type { Artifact, ArtifactRole } from './model/artifact.ts';
export { ARTIFACT_ROLES, checkArtifactName, mediaTypeOf } from './model/artifact.ts';
export type { AssetPattern, BuildMatrixEntry } from './model/build-matrix.ts';
export { buildMatrixOf, imageArchiveName } from './model/build-matrix.ts';
export type { BuildProgress, RunningTask, TaskCount } from './model/build-progress.ts';
export { sharedStateHitPercent } from './model/build-progress.ts';
export type { BuildSettings, CacheStore, ContainerSettings, FrontEndName } from './model/build-settings.ts';
export { buildSettingsSchema, PLAIN_BUILD } from './model/build-settings.ts';
export type { BuildSettingsChange } from './model/build-settings-change.ts';
export type { BuildMetadata, ComposeService, Composition, CompositionOrigin } from './model/composition.ts';
export {
  BUILD_OUTPUT,
  DEVICE_REPOSITORY_REVISION,
  IMAGE_CLASS_LABEL,
  imageClassOf,
  listServices,
  MACHINE_PLACEHOLDER,
  parseComposition,
} from './model/composition.ts';
export type {
  ComposedContract,
  ContractReference,
  OsContract,
  OsContractRequest,
  UnversionedContract,
} from './model/contract.ts';
export { composeOsContract } from './model/contract.ts';
export type { DeviceType, DeviceTypeSource, ImageKind } from './model/device-type.ts';
export { parseDeviceType } from './model/device-type.ts';
export { renderDeviceTypeJson } from './model/device-type-json.ts';
export type { Digest } from './model/digest.ts';
export { digestOfHex, hexOfDigest, isDigest, parseDigest } from './model/digest.ts';
export type {
  CompositionFile,
  CompositionFiles,
  EffectiveComposition,
} from './model/effective-composition.ts';
export { DEFAULT_HOSTAPP_ASSETS, effectiveComposition } from './model/effective-composition.ts';
export type { EsrLine } from './model/esr-line.ts';
export { compareEsrLines, esrLineOf, formatEsrLine, parseEsrLine } from './model/esr-line.ts';
export type { EsrRotation, EsrTagChange, EsrTags } from './model/esr-tags.ts';
export { esrTagsOf } from './model/esr-tags.ts';
export type { TestReceipt, TestVerdict } from './model/evidence.ts';
export type { ImageArchiveRequest, PlaceholderValues } from './model/fill-placeholders.ts';
export { fillPlaceholders, matchImageArchives } from './model/fill-placeholders.ts';
export type { ImagePart, ManifestPart, PartitionRange } from './model/image-parts.ts';
export {
  imageOutputNames,
  parseImageManifest,
  planImageParts,
  renderImageManifest,
} from './model/image-parts.ts';
export type { ImagePlatform } from './model/image-platform.ts';
export { canonicalJson, canonicalJsonText, digestOfJson } from './model/json.ts';
export type { Json } from './model/json-value.ts';
export type { ArrayMerge } from './model/merge-composition.ts';
export { mergeCompositions } from './model/merge-composition.ts';
export { findNearestName } from './model/nearest-name.ts';
export type { EsrVersion, OsVersion, SemverVersion } from './model/os-version.ts';
export {
  compareOsVersions,
  formatOsVersion,
  isEsrVersion,
  osVersionFromTag,
  parseOsVersion,
  parseRecordedVersion,
  tagOfVersion,
} from './model/os-version.ts';
export {
  IGNORE_MARKER,
  listStoreFiles,
  MANIFEST_NAME,
  manifestSha256,
  SUMS_NAME,
  WITHDRAWN_MARKER,
} from './model/published-files.ts';
export type { AssetCheck, AssetFile, ImageManifestParts, RequiredAssets } from './model/release-assets.ts';
export { assetKeyOf, checkReleaseAssets, isKnownAsset, requiredAssets } from './model/release-assets.ts';
export type { ReleaseManifest, ReleaseSource } from './model/release-manifest.ts';
export { parseReleaseManifest, renderReleaseManifest } from './model/release-manifest.ts';
export { MANIFEST_TAG, SOURCE_TAG, WITHDRAWN_TAG } from './model/release-tags.ts';
export type {
  AssignedRevision,
  FinalVersion,
  RevisionCheck,
  RevisionRequest,
} from './model/revision-rule.ts';
export { assignRevision, checkRevision } from './model/revision-rule.ts';
export { isSecretName } from './model/secret-name.ts';
export type { Sha256Sum } from './model/sha256-sums.ts';
export { parseSha256Sums, renderSha256Sums } from './model/sha256-sums.ts';
export type { Stage } from './model/stage.ts';
export { STAGES } from './model/stage.ts';
export type { Placement, StagedFile } from './model/staged-file.ts';
export type { TestMatrixEntry } from './model/test-matrix.ts';
export { parseTestMatrix } from './model/test-matrix.ts';
export type { ForceRequest, ManualRequest, Trigger, TriggerKind } from './model/trigger.ts';
export { validateComposition } from './model/validate-composition.ts';
export { satisfiesRange } from './model/version-range.ts';
export { planEsrRotation } from './pipelines/balena-os/esr-rotation.ts';
export type { BalenaOsFacts } from './pipelines/balena-os/facts.ts';
export type { Permissions } from './pipelines/balena-os/plan-permissions.ts';
export { permissionsOf } from './pipelines/balena-os/plan-permissions.ts';
export type { ReleaseTarget } from './pipelines/balena-os/release-target.ts';
export { releaseTargetOf } from './pipelines/balena-os/release-target.ts';
export { selectDeviceTypes } from './pipelines/balena-os/select-device-types.ts';
export { resolveVersion } from './pipelines/balena-os/version-rules.ts';
export { PIPELINES } from './pipelines/registry.ts';
export { explainPlan } from './plan/explain-plan.ts';
export { explainTrigger } from './plan/explain-trigger.ts';
export { checkPlan, linkPlan } from './plan/link-plan.ts';
export type {
  Decision,
  OutputRef,
  Plan,
  PlanTarget,
  RetryPolicy,
  StageChoice,
  Step,
  UnlinkedPlan,
} from './plan/plan.ts';
export { planSchema } from './plan/plan-schema.ts';
export type { PlannedStep, Ref, Refable, StepDraft } from './plan/step-ref.ts';
export { NO_RETRY, outputRef, planStep, REMOTE_RETRY } from './plan/step-ref.ts';
export { triggerSchema } from './plan/trigger-schema.ts';
export { wrapText } from './plan/wrap-text.ts';
// Planning: what every host calls first.
export { planRelease } from './plan-release.ts';
export type { PlannedRelease, PlanRequest, WaitForChecks } from './plan-release-types.ts';
export type { Clock } from './ports/clock.ts';
export type {
  CheckList,
  CheckQuestion,
  CheckRun,
  CodeHost,
  PullRequest,
  RunConclusion,
  RunStatus,
  StageReport,
} from './ports/code-host.ts';
export type { DeployFolder, IncomingFiles, StagedArtifact } from './ports/deploy-folder.ts';
export type {
  DeviceRepository,
  DeviceTypeDocument,
  RepositoryDocument,
  RepositoryIdentity,
} from './ports/device-repository.ts';
export type {
  DiskImages,
  FindPreparedImageRequest,
  ImageLayout,
  ImageVerification,
  PartitionEntry,
  PreparedImage,
  PreparedPart,
  PrepareImageRequest,
  VerifyImageRequest,
} from './ports/disk-images.ts';
export type {
  ApplicationWish,
  DeviceTypePrivacy,
  HostappApplication,
  HostappApplications,
} from './ports/hostapp-applications.ts';
export type {
  DraftRequest,
  HostappRelease,
  HostappReleases,
  ReleaseStatus,
} from './ports/hostapp-releases.ts';
export type {
  FoundKernels,
  KernelCertificate,
  KernelImage,
  KernelImages,
  ListKernelsRequest,
  TrustedCertificates,
} from './ports/kernel-images.ts';
export type {
  ImportRequest,
  MachineImage,
  MachineImageArchitecture,
  MachineImageOrigin,
  MachineImages,
  MachineImageTest,
  RegisterRequest,
  SnapshotImport,
} from './ports/machine-images.ts';
export type {
  FetchFileRequest,
  ObjectReader,
  ReadDigest,
  StoredObject,
  Visibility,
} from './ports/object-reader.ts';
export type {
  Expectation,
  ObjectStore,
  PutFileRequest,
  PutTextRequest,
} from './ports/object-store.ts';
export type {
  BuildCommand,
  BuildDescription,
  BuildObserver,
  BuiltFile,
  OsBuilder,
  OsBuildOutput,
  OsBuildRequest,
} from './ports/os-builder.ts';
export type { PortName, Ports } from './ports/ports.ts';
export type { AttachAssetRequest, ReleaseAsset, ReleaseAssets } from './ports/release-assets.ts';
export type {
  CopyImageRequest,
  PushImageRequest,
  ReleaseImage,
  ReleaseImages,
} from './ports/release-images.ts';
export type { HeldLock, LockOwner, ReleaseLock } from './ports/release-lock.ts';
export type { SourceCommit, SourceHead, SourceRepository, SourceTag } from './ports/source-repository.ts';
export type { SuiteObserver, SuiteRequest, SuiteResult, TestLab, TestResult } from './ports/test-lab.ts';
export type { TestReceipts } from './ports/test-receipts.ts';
export { osBuildRequestOf } from './steps/build-service.ts';
export { machineImageNameTaken } from './steps/own-machine-image.ts';
export { STEP_KINDS } from './steps/registry.ts';
export type { AnyStepKind, Probed, StepKind, StepRun } from './steps/step-kind.ts';
export { defineStepKind, eraseStepKind, notDone } from './steps/step-kind.ts';
