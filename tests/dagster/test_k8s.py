"""The Kubernetes Job of a run of `rebuild`, held to the API's schema without a cluster."""

import copy
from typing import Any

import kubernetes
import kubernetes_validate
import pytest
from dagster_k8s.job import (
    DagsterK8sJobConfig,
    construct_dagster_k8s_job,
    get_user_defined_k8s_config,
)

from karat.definitions import defs

VERSION = "1.31"


@pytest.fixture(scope="module")
def job() -> Any:
    asked = get_user_defined_k8s_config(defs.resolve_job_def("rebuild").tags)
    config = DagsterK8sJobConfig(
        job_image="karat:0.1.0",
        dagster_home="/opt/dagster",
        instance_config_map="dagster-instance",
        postgres_password_secret="dagster-postgresql",  # noqa: S106 - the name of one
        service_account_name="karat",
    )
    built = construct_dagster_k8s_job(
        config, ["dagster", "api", "execute_run"], "karat-rebuild", user_defined_k8s_config=asked
    )
    return kubernetes.client.ApiClient().sanitize_for_serialization(built)


def test_the_job_is_valid(job: Any) -> None:
    kubernetes_validate.validate(job, VERSION, strict=True)


def test_the_pod_asks_for_what_the_tag_says(job: Any) -> None:
    pod = job["spec"]["template"]["spec"]
    assert pod["nodeSelector"] == {"kubernetes.io/os": "linux"}
    assert pod["tolerations"][0]["key"] == "karat/batch"
    (container,) = pod["containers"]
    assert container["resources"]["requests"]["cpu"] == "2"
    assert container["resources"]["limits"] == {"memory": "8Gi"}


def test_a_failed_pod_is_not_tried_again(job: Any) -> None:
    assert job["spec"]["backoffLimit"] == 0
    assert job["spec"]["template"]["spec"]["restartPolicy"] == "Never"


def test_a_misspelt_field_is_rejected(job: Any) -> None:
    wrong = copy.deepcopy(job)
    (container,) = wrong["spec"]["template"]["spec"]["containers"]
    container["resuorces"] = container.pop("resources")
    with pytest.raises(kubernetes_validate.ValidationError, match="resuorces"):
        kubernetes_validate.validate(wrong, VERSION, strict=True)
