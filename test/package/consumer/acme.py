"""The program of acme.ts in Python: two environments of one platform with everything in it."""

import json
from typing import Any

import jsii
from ml_platform_constructs import (
    AIModel,
    AIModelServing,
    AIModelStorage,
    AIModelType,
    AlertReceiver,
    AwsProvider,
    Capture,
    Component,
    ComponentRegistry,
    Components,
    ComputeResources,
    CronJobWorkload,
    DataPipeline,
    DataPlatform,
    Environment,
    FeatureDefinition,
    FeatureServing,
    FeatureSource,
    FeatureSourceType,
    FeatureStore,
    FeatureValueType,
    Finding,
    GpuModel,
    GpuPool,
    HelmChart,
    HttpRoute,
    ICheck,
    JobWorkload,
    KindProvider,
    ManifestGraph,
    Match,
    NamespaceQuota,
    NeuralPlatform,
    OnlineStore,
    PipelineSink,
    PipelineSinkConfig,
    PipelineSinkType,
    PipelineSource,
    PipelineSourceConfig,
    PipelineSourceType,
    PlatformApp,
    PlatformFindings,
    PlatformTemplate,
    ServiceWorkload,
    Tier,
    TrainingJob,
)


@jsii.implements(ICheck)
class TeamLabelCheck:
    """Every Namespace of a team says whose it is."""

    def check(self, graph: ManifestGraph) -> list[Finding]:
        def has_team(manifest: Any) -> bool:
            return "nstarx.io/team" in json.dumps(manifest.json)

        return [
            Finding(path=one.path, message=f"namespace {one.name} has no team; add the label nstarx.io/team")
            for one in graph.of_kind("Namespace", "")
            if not has_team(one)
        ]


def add_platform(environment: Environment, domain: str) -> None:
    platform = DataPlatform(
        environment,
        "data-platform",
        domain=domain,
        gpu_pools=[GpuPool.of(GpuModel.T4, max=2)],
        critical_alert_receivers=[AlertReceiver.pager_duty(routing_key_secret_name="pagerduty")],
    )
    neural = NeuralPlatform(environment, "neural")
    vision = platform.add_team("vision", quota=NamespaceQuota(cpu="32", memory="128Gi", gpus=2))
    ranking = platform.add_team("ranking")

    chart = environment.add_chart("acme")
    api = ServiceWorkload(
        chart,
        "ranking-api",
        namespace=ranking,
        image="ghcr.io/acme/ranking-api:1.4.2",
        env={"LOG_LEVEL": "info"},
        replicas=2,
        image_pull_secrets=["ghcr"],
    )
    platform.database.grant_read_write(api)
    platform.cache.grant_read(api)
    HttpRoute(chart, "ranking-route", gateway=platform.gateway, workload=api, host="ranking")

    worker = ServiceWorkload(
        chart,
        "vision-worker",
        namespace=vision,
        image="ghcr.io/acme/vision-worker:2.0.1",
        gpu_model=GpuModel.T4,
        gpus=1,
        replicas=1,
        memory="4Gi",
    )
    platform.artifact_bucket.grant_read(worker)
    api.connect_to(worker)

    training = TrainingJob(
        chart,
        "train-vision",
        namespace=vision,
        image="ghcr.io/acme/train-vision:2.0.1",
        gpu_model=GpuModel.T4,
    )
    platform.artifact_bucket.grant_read_write(training)
    JobWorkload(chart, "migrate", namespace=ranking, image="ghcr.io/acme/migrate:1.4.2")
    CronJobWorkload(chart, "report", namespace=ranking, image="ghcr.io/acme/report:1.0.0", schedule="30 6 * * 1")

    bucket = f"s3://{platform.artifact_bucket.bucket_name}"
    DataPipeline(
        chart,
        "orders",
        namespace=neural.namespaces.data,
        schedule="0 2 * * *",
        source=PipelineSource(
            type=PipelineSourceType.DATALAKE, config=PipelineSourceConfig(path=f"{bucket}/lake/data-processing/raw/orders/")
        ),
        sink=PipelineSink(type=PipelineSinkType.DATALAKE, config=PipelineSinkConfig(path=f"{bucket}/lake/data-processing/orders/")),
    )
    FeatureStore(
        chart,
        "customers",
        namespace=neural.namespaces.features,
        features=[
            FeatureDefinition(
                name="orders_per_month",
                type=FeatureValueType.FLOAT,
                source=FeatureSource(type=FeatureSourceType.BATCH, query="SELECT 1"),
            )
        ],
        serving=FeatureServing(online=OnlineStore()),
    )
    AIModel(
        chart,
        "churn",
        namespace=neural.namespaces.models,
        type=AIModelType.XGBOOST,
        version="1.4.0",
        storage=AIModelStorage(location=f"{bucket}/models/ml-models/churn/1.4.0"),
        serving=AIModelServing(
            resources=ComputeResources(requests={"cpu": "1", "memory": "2Gi"}, limits={"memory": "2Gi"})
        ),
    )

    registry = ComponentRegistry.of(chart)
    registry.require(Components.keda())
    registry.require(
        Component(
            "feature-flags",
            chart=HelmChart(repository="https://charts.acme.example", name="feature-flags", version="2.5.0"),
            namespace="feature-flags",
            values={"replicas": 2},
        )
    )
    environment.add_existing_object(kind="Secret", name="ghcr", namespace="ranking")
    environment.add_check(TeamLabelCheck())


app = PlatformApp()
local = app.environment("local", provider=KindProvider.local(workers_per_pool=2), tier=Tier.LOCAL)
add_platform(local, "ml.localhost.example")
production = app.environment(
    "production",
    provider=AwsProvider.in_region("eu-west-1", state_bucket="acme-tf-state"),
    tier=Tier.PRODUCTION,
)
add_platform(production, "ml.acme.example")
print(app.synth().to_string())

version = Capture()
template = PlatformTemplate.from_app(app, "production")
template.has_object("Deployment", {"metadata": {"name": "ranking-api"}, "spec": {"replicas": 2, "paused": Match.absent()}})
template.has_resource("helm_release", {"name": "feature-flags", "version": version})
assert version.as_string() == "2.5.0"
assert list(template.find_objects("AIModel")) == ["ml-models/churn"]
try:
    template.object_count_is("Deplyoment", 1)
    raise AssertionError("the kind is misspelled")
except RuntimeError as error:
    assert "did you mean Deployment?" in str(error)
PlatformFindings.from_app(app, "production").has_no_error("*", Match.any_value())
