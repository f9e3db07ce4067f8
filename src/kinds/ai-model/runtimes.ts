import { AIModelFormat, AIModelSpec, AIModelType, ServingEngine } from '../../api/generated/ai-model';
import { AIModelSettings, MODEL_IMAGES } from './settings';

/** Where the files of the model are in every server. */
export const MODEL_DIRECTORY = '/mnt/models';

/** How requests to a server are written. */
type ModelProtocol = 'v1' | 'v2';

/**
 * A server, as KServe's ClusterServingRuntimes describe it. Images, arguments and ports are those of KServe 0.20, so that a plain
 * Deployment serves just as KServe does.
 *
 * Source: https://github.com/kserve/kserve/tree/v0.20.0/config/runtimes
 */
export interface ModelRuntime {
  /** Name of the ClusterServingRuntime; none for a container of the user. */
  readonly name?: string;
  /** Format of the model, as the runtime lists it. */
  readonly format?: { readonly name: string; readonly version: string };
  /** Protocol that the runtime speaks; none for a container of the user. */
  readonly protocol?: ModelProtocol;
  readonly image: string;
  /** Tag that KServe gives to the image of the runtime instead of its own. */
  readonly tag?: string;
  readonly command?: readonly string[];
  readonly args: readonly string[];
  readonly environment: { readonly [name: string]: string };
  /** Port of the container. */
  readonly port: number;
  /** Port on which the container has its metrics at `/metrics`. */
  readonly metricsPort: number;
  /** Paths that answer with 200 when the server is alive, and when the model can be asked. Without, the port is asked. */
  readonly livePath?: string;
  readonly readyPath?: string;
  /** The user of an image that names none. */
  readonly runAsUser?: number;
  /** Whether it needs memory to share between processes. */
  readonly sharedMemory?: boolean;
  /** Whether it needs a file to have metrics. */
  readonly monitoringConfig?: boolean;
}

const KSERVE_VERSION = 'v0.20.0';
const MLSERVER_IMAGE = 'docker.io/seldonio/mlserver:1.5.0';
const TENSORFLOW_VERSION = '2.19.0';

/** Where TensorFlow Serving finds what makes it have metrics. */
export const MONITORING_CONFIG = '/etc/tensorflow-serving/monitoring.config';

/** What a format is called by the runtimes of KServe, where the format and not the type decides. */
const BY_FORMAT: { readonly [format in AIModelFormat]?: AIModelType } = {
  [AIModelFormat.ONNX]: AIModelType.ONNX,
  [AIModelFormat.TENSORRT]: AIModelType.TENSORRT,
  [AIModelFormat.PMML]: AIModelType.PMML,
  [AIModelFormat.MLFLOW]: AIModelType.MLFLOW,
};

const { SAVEDMODEL, TORCHSCRIPT, ONNX, SAFETENSORS, GGUF, PICKLE, JOBLIB, PMML, XGBOOST, LIGHTGBM, MLFLOW, TENSORRT } =
  AIModelFormat;

/** Formats that the servers can load. A custom server may load anything. */
const FORMATS: { readonly [type in AIModelType]?: readonly AIModelFormat[] } = {
  [AIModelType.TENSORFLOW]: [SAVEDMODEL, ONNX, TENSORRT, MLFLOW],
  [AIModelType.PYTORCH]: [TORCHSCRIPT, ONNX, TENSORRT, MLFLOW],
  [AIModelType.ONNX]: [ONNX],
  [AIModelType.SKLEARN]: [JOBLIB, PICKLE, ONNX, PMML, MLFLOW],
  [AIModelType.XGBOOST]: [XGBOOST, JOBLIB, PICKLE, ONNX, PMML, MLFLOW],
  [AIModelType.LIGHTGBM]: [LIGHTGBM, JOBLIB, PICKLE, ONNX, PMML, MLFLOW],
  [AIModelType.HUGGINGFACE]: [SAFETENSORS, GGUF, PICKLE, ONNX],
  [AIModelType.TENSORRT]: [TENSORRT],
  [AIModelType.MLFLOW]: [MLFLOW],
  [AIModelType.PMML]: [PMML],
};

/** The server of a model; that of a custom one has the image '' when the spec names none. */
export function runtimeOf(name: string, spec: AIModelSpec, settings: AIModelSettings, gpu: boolean): ModelRuntime {
  const { type, serving, storage } = spec;
  if (serving.engine === ServingEngine.TRITON) return withImage(triton('triton', '2', settings), serving.image);
  if (isCustom(spec)) return customRuntime(name, spec);
  const kind = (storage.format && type !== AIModelType.HUGGINGFACE && BY_FORMAT[storage.format]) || type;
  return withImage(ofType(kind, name, spec, settings, gpu), serving.image);
}

/** The formats that the server of a model can load; undefined when it may load any. */
export function loadableFormats(spec: AIModelSpec): readonly AIModelFormat[] | undefined {
  return spec.serving.engine === ServingEngine.TRITON || isCustom(spec) ? undefined : FORMATS[spec.type];
}

function isCustom({ type, serving }: AIModelSpec): boolean {
  return type === AIModelType.CUSTOM || serving.engine === ServingEngine.DEPLOYMENT;
}

function ofType(
  type: AIModelType,
  name: string,
  { framework }: AIModelSpec,
  settings: AIModelSettings,
  gpu: boolean,
): ModelRuntime {
  switch (type) {
    case AIModelType.TENSORFLOW:
      return tensorflow(name, framework?.name === 'tensorflow' ? framework.version : undefined, gpu);
    case AIModelType.PYTORCH:
      return triton('pytorch', '1', settings);
    case AIModelType.ONNX:
      return triton('onnx', '1', settings);
    case AIModelType.TENSORRT:
      return triton('tensorrt', '8', settings);
    case AIModelType.SKLEARN:
      return pythonServer(name, 'sklearnserver', 'sklearn', '1');
    case AIModelType.XGBOOST:
      return pythonServer(name, 'xgbserver', 'xgboost', '2', ['--nthread=1']);
    case AIModelType.LIGHTGBM:
      return pythonServer(name, 'lgbserver', 'lightgbm', '4', ['--nthread=1']);
    case AIModelType.PMML:
      return pythonServer(name, 'pmmlserver', 'pmml', '4');
    case AIModelType.HUGGINGFACE: {
      const server = pythonServer(name, 'huggingfaceserver', 'huggingface', '1');
      return { ...server, image: gpu ? `${server.image}-gpu` : server.image, sharedMemory: true };
    }
    default:
      return mlserver(name);
  }
}

/** TensorFlow Serving: its image has the version of TensorFlow, so that of the framework is taken. */
function tensorflow(name: string, version: string | undefined, gpu: boolean): ModelRuntime {
  const tag = `${version && /^\d+\.\d+\.\d+$/.test(version) ? version : TENSORFLOW_VERSION}${gpu ? '-gpu' : ''}`;
  return {
    name: 'kserve-tensorflow-serving',
    format: { name: 'tensorflow', version: '2' },
    protocol: 'v1',
    image: `docker.io/tensorflow/serving:${tag}`,
    tag,
    command: ['/usr/bin/tensorflow_model_server'],
    args: [
      `--model_name=${name}`,
      '--port=9000',
      '--rest_api_port=8080',
      `--model_base_path=${MODEL_DIRECTORY}`,
      '--rest_api_timeout_in_ms=60000',
    ],
    environment: {},
    port: 8080,
    metricsPort: 8080,
    readyPath: `/v1/models/${name}`,
    runAsUser: 1000,
    monitoringConfig: true,
  };
}

/** Triton; TorchServe is not maintained any more. It loads a model repository. */
function triton(format: string, version: string, settings: AIModelSettings): ModelRuntime {
  const image = settings.tritonImage ?? MODEL_IMAGES.triton;
  return {
    name: 'kserve-tritonserver',
    format: { name: format, version },
    protocol: 'v2',
    image,
    tag: tagOf(image),
    args: [
      'tritonserver',
      `--model-store=${MODEL_DIRECTORY}`,
      '--grpc-port=9000',
      '--http-port=8080',
      '--allow-grpc=true',
      '--allow-http=true',
    ],
    environment: {},
    port: 8080,
    metricsPort: 8002,
    livePath: '/v2/health/live',
    readyPath: '/v2/health/ready',
    runAsUser: 1000,
    sharedMemory: true,
  };
}

/** The servers that KServe writes in Python. */
function pythonServer(
  name: string,
  server: string,
  format: string,
  version: string,
  more: readonly string[] = [],
): ModelRuntime {
  return {
    name: `kserve-${server}`,
    format: { name: format, version },
    protocol: 'v1',
    image: `docker.io/kserve/${server}:${KSERVE_VERSION}`,
    args: [`--model_name=${name}`, `--model_dir=${MODEL_DIRECTORY}`, '--http_port=8080', ...more],
    environment: {},
    port: 8080,
    metricsPort: 8080,
    livePath: '/v2/health/live',
    readyPath: `/v1/models/${name}`,
  };
}

/** MLServer, for models that MLflow saved. */
function mlserver(name: string): ModelRuntime {
  return {
    name: 'kserve-mlserver',
    format: { name: 'mlflow', version: '2' },
    protocol: 'v2',
    image: MLSERVER_IMAGE,
    args: [],
    environment: {
      MLSERVER_MODEL_IMPLEMENTATION: 'mlserver_mlflow.MLflowRuntime',
      MLSERVER_MODEL_NAME: name,
      MLSERVER_MODEL_URI: MODEL_DIRECTORY,
      MLSERVER_HTTP_PORT: '8080',
      MLSERVER_GRPC_PORT: '9000',
      MLSERVER_METRICS_PORT: '8082',
    },
    port: 8080,
    metricsPort: 8082,
    livePath: '/v2/health/live',
    readyPath: '/v2/health/ready',
  };
}

/** A server of the user. It learns from its environment what to serve and where. */
function customRuntime(name: string, { version, serving }: AIModelSpec): ModelRuntime {
  const port = serving.port ?? 8080;
  return {
    image: serving.image ?? '',
    args: [],
    environment: {
      MODEL_NAME: name,
      MODEL_VERSION: version,
      MODEL_DIR: MODEL_DIRECTORY,
      PORT: String(port),
    },
    port,
    metricsPort: port,
  };
}

function withImage(runtime: ModelRuntime, image: string | undefined): ModelRuntime {
  // KServe appends `-gpu` to tags of some runtimes unless it is told a version
  return image === undefined ? runtime : { ...runtime, image, tag: tagOf(image) };
}

/** The tag of an image; none when it has a digest or no tag. */
export function tagOf(image: string): string | undefined {
  return image.includes('@') ? undefined : /:([\w.-]+)$/.exec(image)?.[1];
}
