/** The operation of the API, as its reference names it. */
export type S3Operation =
  | 'GetObject'
  | 'HeadObject'
  | 'PutObject'
  | 'DeleteObject'
  | 'GetObjectAcl'
  | 'ListObjectsV2'
  | 'ListMultipartUploads'
  | 'HeadBucket'
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'ListParts'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload';

export interface S3LoggedRequest {
  /** From 1. */
  readonly number: number;
  readonly operation: S3Operation;
  readonly key: string;
  readonly bodyBytes: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Names the operation; undefined for what the double does not offer. */
export function operationOf(method: string, key: string, query: URLSearchParams): S3Operation | undefined {
  if (key === '') {
    if (method === 'HEAD') return 'HeadBucket';
    if (method !== 'GET') return undefined;
    return query.has('uploads') ? 'ListMultipartUploads' : 'ListObjectsV2';
  }
  const isPart = query.has('uploadId');
  switch (method) {
    case 'HEAD':
      return 'HeadObject';
    case 'GET':
      if (query.has('acl')) return 'GetObjectAcl';
      return isPart ? 'ListParts' : 'GetObject';
    case 'PUT':
      return isPart ? 'UploadPart' : 'PutObject';
    case 'POST':
      if (query.has('uploads')) return 'CreateMultipartUpload';
      return isPart ? 'CompleteMultipartUpload' : undefined;
    case 'DELETE':
      return isPart ? 'AbortMultipartUpload' : 'DeleteObject';
    default:
      return undefined;
  }
}
