"""Check examples/clusters without a scheduler: the JSON for Azure Batch, and the commands.

The models of Microsoft's package azure-batch come from the specification of the REST API. The check
refuses unknown keys, missing required keys, wrong types and unknown words, which the package itself
accepts. The commands for Kubernetes and Azure Batch run on this machine, one after the other, with
the environment variables that the platforms document.
"""

import enum
import json
import os
import pathlib
import subprocess
import sys
import types
import typing

import yaml
from azure.batch import models

NAMES = vars(models) | vars(typing) | {"_models": models, "models": models}


def fields(model):
    """Return the fields of a model by JSON key: type and whether the field is required."""
    found = {}
    for base in reversed(model.__mro__):
        for name, hint in vars(base).get("__annotations__", {}).items():
            if not hasattr(vars(base).get(name), "_rest_name_input"):
                continue
            hint = evaluated(hint, base)
            is_required = type(None) not in typing.get_args(hint)
            found[vars(base)[name]._rest_name_input or name] = (hint, is_required)
    return found


def evaluated(hint, base):
    """Return a type whose names are resolved in the module of the model."""
    names = vars(sys.modules[base.__module__]) | NAMES
    holder = types.SimpleNamespace(__annotations__={"it": hint})
    return typing.get_type_hints(holder, names, names)["it"]


def problems(value, hint, place):
    """Yield the differences between a JSON value and a type."""
    choices = [one for one in typing.get_args(hint) if one is not type(None)]
    if typing.get_origin(hint) is typing.Union:
        words = [one for one in choices if isinstance(one, type) and issubclass(one, enum.Enum)]
        choices = words or choices
        each = [list(problems(value, choice, place)) for choice in choices]
        yield from min(each, key=len)
    elif typing.get_origin(hint) is list:
        if not isinstance(value, list):
            yield f"{place}: expected a list"
            return
        for at, item in enumerate(value):
            yield from problems(item, choices[0], f"{place}[{at}]")
    elif isinstance(hint, type) and issubclass(hint, enum.Enum):
        if value not in [word.value for word in hint]:
            yield f"{place}: unknown word {value}"
    elif hasattr(models, hint.__name__):
        yield from differences(value, hint, place)
    elif hint in (str, int, bool):
        if type(value) is not hint:
            yield f"{place}: expected {hint.__name__}"
    elif hint.__name__ == "timedelta":
        if not str(value).startswith("P"):
            yield f"{place}: expected a duration such as P1D"
    else:
        yield f"{place}: this check does not know the type {hint}"


def differences(value, model, place):
    """Yield the differences between a JSON object and a model."""
    if not isinstance(value, dict):
        yield f"{place}: expected an object"
        return
    known = fields(model)
    for key, item in value.items():
        if key in known:
            yield from problems(item, known[key][0], f"{place}.{key}")
        else:
            yield f"{place}.{key}: unknown key"
    for key, (_, is_required) in known.items():
        if is_required and key not in value:
            yield f"{place}.{key}: missing"


def all_differences(document):
    """Return the problems of a document with a job and its tasks."""
    found = list(differences(document["job"], models.BatchJobCreateOptions, "job"))
    for at, task in enumerate(document["tasks"]):
        found += differences(task, models.BatchTaskCreateOptions, f"tasks[{at}]")
    return found


def check_azure_batch(path):
    """Check the file, and check that the check finds deliberate errors."""
    text = path.read_text(encoding="utf-8")
    found = all_differences(json.loads(text))
    for good, bad in [
        ("vmSize", "vmsize"),
        ("terminate\"", "stop\""),
        ("\"taskSlotsPerNode\": 1", "\"taskSlotsPerNode\": \"1\""),
        ("\"P1D\"", "\"one day\""),
        ("commandLine", "displayName"),
    ]:
        if good not in text or not all_differences(json.loads(text.replace(good, bad))):
            found.append(f"the check does not find the error {bad}")
    if found:
        sys.exit("\n".join(found))


def run(command, folder, **variables):
    """Run a command in a folder; stop at the first failure."""
    subprocess.run(command, cwd=folder, env=os.environ | variables, check=True)


def run_kubernetes(path, folder, scenarios):
    """Run the containers of all pods. Folders take the place of the volumes."""
    _, shards, merge = yaml.safe_load_all(path.read_text(encoding="utf-8"))
    for job in (shards, merge):
        container = job["spec"]["template"]["spec"]["containers"][0]
        text = [word.replace("/scenario", str(scenarios)) for word in container["args"]]
        for index in range(job["spec"].get("completions", 1)):
            run([*container["command"], *text], folder, JOB_COMPLETION_INDEX=str(index))


def run_azure_batch(path, mounts):
    """Run the tasks in their order."""
    document = json.loads(path.read_text(encoding="utf-8"))
    shared = {one["name"]: one["value"] for one in document["job"]["commonEnvironmentSettings"]}
    shared["AZ_BATCH_NODE_MOUNTS_DIR"] = str(mounts)
    for task in document["tasks"]:
        variables = shared | {"AZ_BATCH_TASK_ID": task["id"]}
        run(["sh", "-c", f"exec {task['commandLine']}"], mounts, **variables)


def main(recipes, scenarios, kubernetes, mounts):
    """Check the files of a folder, and run their commands in two other folders."""
    check_azure_batch(recipes / "azure-batch.json")
    run_kubernetes(recipes / "kubernetes.yaml", kubernetes, scenarios)
    run_azure_batch(recipes / "azure-batch.json", mounts)


main(*(pathlib.Path(name).resolve() for name in sys.argv[1:]))
