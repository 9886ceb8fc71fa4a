export type { BuildConfig, SecretSource } from './config/build-config.ts';
export type {
  Config,
  EnvironmentConfig,
  MachineConfig,
  MachineImagesConfig,
  TestsConfig,
} from './config/config.ts';
export { EVENT_ACTIONS, EVENT_NAMES } from './config/config.ts';
export { renderConfigSchema } from './config/config-schema.ts';
export { explainConfig } from './config/config-settings.ts';
export { DEFAULT_GITHUB } from './config/default-config.ts';
export { evidencePolicyFor } from './config/evidence-policy.ts';
export { listSecretVariables } from './config/list-secret-variables.ts';
export { parseConfig } from './config/parse-config.ts';
export type {
  EvidencePolicy,
  LeviathanConfig,
  QemuLabConfig,
  RigLimits,
  VerdictRule,
} from './config/tests-config.ts';
export type { BuildFlags } from './config/with-build-flags.ts';
export { buildConfigOf, withBuildFlags } from './config/with-build-flags.ts';
export { CUT_MARK } from './engine/cut-line.ts';
export { executePlan } from './engine/execute-plan.ts';
export type { ExecuteRequest, RunReport, StepReport } from './engine/execute-plan-types.ts';
export type { JournalEntry } from './engine/journal.ts';
export { journalEntrySchema } from './engine/journal.ts';
export type { LineRedaction } from './engine/line-redaction.ts';
export { createLineRedaction } from './engine/line-redaction.ts';
export type { Redactor } from './engine/redactor.ts';
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
export type { Artifact } from './model/artifact.ts';
export { checkArtifactName, mediaTypeOf } from './model/artifact.ts';
export type { BuildMatrixEntry } from './model/build-matrix.ts';
export { buildMatrixOf } from './model/build-matrix.ts';
export type { BuildProgress, TaskCount } from './model/build-progress.ts';
export { sharedStateHitPercent } from './model/build-progress.ts';
export type { BuildSettings, CacheStore, ContainerSettings } from './model/build-settings.ts';
export { buildSettingsSchema, PLAIN_BUILD } from './model/build-settings.ts';
export type { UnversionedContract } from './model/contract.ts';
export type { DeviceType, ImageKind } from './model/device-type.ts';
export { parseDeviceType } from './model/device-type.ts';
export { renderDeviceTypeJson } from './model/device-type-json.ts';
export type { Digest } from './model/digest.ts';
export { digestOfHex, hexOfDigest, isDigest, parseDigest } from './model/digest.ts';
export { effectiveComposition } from './model/effective-composition.ts';
export type { EsrLine } from './model/esr-line.ts';
export { compareEsrLines, esrLineOf, parseEsrLine } from './model/esr-line.ts';
export type { EsrTags } from './model/esr-tags.ts';
export type { RejectedReceipt, TestReceipt } from './model/evidence.ts';
export type { ImagePart, ManifestPart } from './model/image-parts.ts';
export {
  imageOutputNames,
  parseImageManifest,
  planImageParts,
  renderImageManifest,
} from './model/image-parts.ts';
export type { ImagePlatform } from './model/image-platform.ts';
export { canonicalJson, canonicalJsonText, digestOfJson } from './model/json.ts';
export type { Json } from './model/json-value.ts';
export type { Verdict } from './model/judge-suite.ts';
export { judgeSuite } from './model/judge-suite.ts';
export { findNearestName } from './model/nearest-name.ts';
export type { EsrVersion, OsVersion } from './model/os-version.ts';
export {
  compareOsVersions,
  formatOsVersion,
  isEsrVersion,
  osVersionFromTag,
  parseOsVersion,
  parseRecordedVersion,
} from './model/os-version.ts';
export {
  IGNORE_MARKER,
  listStoreFiles,
  MANIFEST_NAME,
  manifestSha256,
  SUMS_NAME,
  WITHDRAWN_MARKER,
} from './model/published-files.ts';
export { openEnvelope, sealReceipt } from './model/receipt-envelope.ts';
export type { ReceiptKey } from './model/receipt-keys.ts';
export {
  makeReceiptKey,
  parseReceiptKey,
  RECEIPT_KEY_VARIABLE,
  receiptKeyIdOf,
  renderReceiptKey,
} from './model/receipt-keys.ts';
export type { ReleaseManifest, ReleaseSource } from './model/release-manifest.ts';
export { parseReleaseManifest, renderReleaseManifest } from './model/release-manifest.ts';
export { WITHDRAWN_TAG } from './model/release-tags.ts';
export { renderJunit } from './model/render-junit.ts';
export { assignRevision } from './model/revision-rule.ts';
export { isSecretName } from './model/secret-name.ts';
export { parseSha256Sums, renderSha256Sums } from './model/sha256-sums.ts';
export type { Stage } from './model/stage.ts';
export { STAGES } from './model/stage.ts';
export type { Placement, StagedFile } from './model/staged-file.ts';
export type { LogHit, SuiteEnding, SuiteObservation, TestReport } from './model/suite-observation.ts';
export type {
  GivenFile,
  Rig,
  SuiteAttempt,
  SuiteReport,
  TestCounts,
  TestOutcome,
  TestResult,
  UsedWaiver,
} from './model/suite-report.ts';
export { countTests } from './model/suite-report.ts';
export { suiteReportSchema, testSummarySchema } from './model/suite-report-schema.ts';
export type { TestMatrixEntry } from './model/test-matrix.ts';
export { parseTestMatrix } from './model/test-matrix.ts';
export type { TestVerdict } from './model/test-verdict.ts';
export type { ForceRequest, ManualRequest, Trigger } from './model/trigger.ts';
export type { Waiver } from './model/waiver.ts';
export { watchSuiteLog } from './model/watch-suite-log.ts';
export { planEsrRotation } from './pipelines/balena-os/esr-rotation.ts';
export type { BalenaOsFacts } from './pipelines/balena-os/facts.ts';
export type { Permissions } from './pipelines/balena-os/plan-permissions.ts';
export { permissionsOf } from './pipelines/balena-os/plan-permissions.ts';
export { releaseTargetOf } from './pipelines/balena-os/release-target.ts';
export { selectDeviceTypes } from './pipelines/balena-os/select-device-types.ts';
export { PIPELINES } from './pipelines/registry.ts';
export { explainPlan } from './plan/explain-plan.ts';
export { checkPlan, linkPlan } from './plan/link-plan.ts';
export type { Decision, Plan, PlanTarget, RetryPolicy, Step } from './plan/plan.ts';
export { planSchema } from './plan/plan-schema.ts';
export type { StepDraft } from './plan/step-ref.ts';
export { NO_RETRY, outputRef, planStep } from './plan/step-ref.ts';
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
export type { DeviceRepository, DeviceTypeDocument, RepositoryDocument } from './ports/device-repository.ts';
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
  KernelImage,
  KernelImages,
  ListKernelsRequest,
  TrustedCertificates,
} from './ports/kernel-images.ts';
export type {
  ImportRequest,
  MachineImage,
  MachineImageOrigin,
  MachineImages,
  MachineImageTestResult,
  RegisterRequest,
  SnapshotImport,
} from './ports/machine-images.ts';
export type { FetchFileRequest, ReadDigest, StoredObject, Visibility } from './ports/object-reader.ts';
export type { Expectation, ObjectStore, PutFileRequest, PutTextRequest } from './ports/object-store.ts';
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
export type { CopyImageRequest, PushImageRequest, ReleaseImage } from './ports/release-images.ts';
export type { LockOwner, ReleaseLock } from './ports/release-lock.ts';
export type { SourceCommit, SourceHead, SourceRepository, SourceTag } from './ports/source-repository.ts';
export type { HistoryQuestion, TestHistory, TestRecord } from './ports/test-history.ts';
export type {
  ReleaseFile,
  SuiteObserver,
  SuiteProgress,
  SuiteRequest,
  SuiteResult,
  TestLab,
} from './ports/test-lab.ts';
export type { ReceiptList, TestReceipts } from './ports/test-receipts.ts';
export { osBuildRequestOf } from './steps/build-service.ts';
export { machineImageNameTaken } from './steps/own-machine-image.ts';
export { STEP_KINDS } from './steps/registry.ts';
export type { AnyStepKind, Probed, StepKind, StepRun } from './steps/step-kind.ts';
export { defineStepKind, eraseStepKind, notDone } from './steps/step-kind.ts';
