"""Upload a model to the Hugging Face hub: `make push MODEL=results/models/... REPO=name/model`."""

import os
import sys
from pathlib import Path

from resound.errors import UserError


def push(folder: Path, repository: str) -> str:
    """Upload a model folder and return its address; a new repository is private.

    The account is that of `HF_TOKEN`, or of `hf auth login`; `HF_ENDPOINT` names another hub.
    Raises UserError if the folder has no model card, or if the hub does not accept it.
    """
    if not (folder / "README.md").is_file():
        raise UserError(f"{folder} is no model with a model card: name a folder of results/models")
    if os.environ.get("RESOUND_OFFLINE") == "1":
        raise UserError("RESOUND_OFFLINE=1 forbids the network: unset it")
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, LocalTokenNotFoundError

    api = HfApi(endpoint=os.environ.get("HF_ENDPOINT"))
    try:
        api.create_repo(repository, private=True, exist_ok=True)
        commit = api.upload_folder(
            repo_id=repository, folder_path=folder, commit_message=f"Model of {folder.name}"
        )
    except LocalTokenNotFoundError as error:
        raise UserError("no account on the hub: set HF_TOKEN, or `hf auth login`") from error
    except HfHubHTTPError as error:
        raise UserError(_explain(error, repository)) from error
    except (OSError, ValueError) as error:
        raise UserError(f"{repository}: {error}") from error
    return str(commit.repo_url)


def _explain(error: Exception, repository: str) -> str:
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status == 401:
        return "the hub does not know this account: set HF_TOKEN, or `hf auth login`"
    if status == 403:
        return f"this account must not write to {repository}: does HF_TOKEN have write access?"
    return f"{repository}: {str(error).splitlines()[0]}"


def main(arguments: list[str]) -> None:
    """Upload the folder that the first argument names to the repository of the second."""
    if len(arguments) != 2 or not all(arguments):
        sys.exit("usage: make push MODEL=results/models/<experiment>/<seed> REPO=<name>/<model>")
    try:
        print(push(Path(arguments[0]), arguments[1]))
    except UserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
