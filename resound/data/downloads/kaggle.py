"""A dataset on Kaggle, through its own client, which knows who asks."""

from pathlib import Path
from typing import Any

from resound.data.downloads.errors import Failed
from resound.data.downloads.http import Request, disciplined, download
from resound.data.downloads.remote import Means, Remote, matching
from resound.settings import Positive, settings

_SIGN_IN = (
    "run `kaggle auth login`, or make a token at https://www.kaggle.com/settings/api and set"
    " KAGGLE_API_TOKEN or save it as ~/.kaggle/access_token (older keys: KAGGLE_USERNAME and"
    " KAGGLE_KEY, or ~/.kaggle/kaggle.json)"
)


@settings
class Kaggle(Remote):
    """A dataset on Kaggle, as one zip archive."""

    kaggle: str
    """`owner/slug`, as in the dataset's address."""
    version: Positive | None = None
    """Which version; left out, the newest at first use."""

    def __post_init__(self) -> None:
        super().__post_init__()
        matching(self.kaggle, r"[\w-]+/[\w-]+", "a dataset (owner/slug)")

    def __str__(self) -> str:
        return f"kaggle:{self.kaggle}" + (f"@{self.version}" if self.version else "")

    def own_name(self) -> str:
        """The slug, and the version if there is one."""
        slug = self.kaggle.rpartition("/")[2]
        return f"{slug}-v{self.version}.zip" if self.version else f"{slug}.zip"

    def bring(self, target: Path, means: Means) -> None:
        """Ask Kaggle's client for the archive's address, which is signed and expires, and get it.

        The client has a download of its own, but it sets no time-out on its first request, tells
        no progress and asks for no room on the disk. Its address cannot be configured (but for
        `localhost` at port 80).
        """

        def ask() -> Request:
            with disciplined(means.patience):
                return _address(self)

        download(ask, target, str(self), means.patience, means.progress, self.size)

    def remedy(self, status: int | None) -> str:
        """What an account may lack."""
        page = f"https://www.kaggle.com/datasets/{self.kaggle}"
        told = {
            401: _SIGN_IN,
            403: f"sign in, open {page} and accept its terms",
            404: f"see whether {page} still exists and is public",
        }
        return told.get(status or 0, f"download it from {page} in a browser")


def _address(dataset: Kaggle) -> Request:
    """Where the archive is just now. Raises Failed without credentials that Kaggle accepts."""
    api = _client()
    from kagglesdk.datasets.types.dataset_api_service import ApiDownloadDatasetRequest

    wanted = ApiDownloadDatasetRequest()
    wanted.owner_slug, wanted.dataset_slug = dataset.kaggle.split("/")
    wanted.dataset_version_number = dataset.version
    with api.build_kaggle_client() as client:
        answer = client.datasets.dataset_api_client.download_dataset(wanted)
        answer.close()
    # The last request after all redirects; on another host, requests took the credentials away.
    asked = answer.request
    return Request(asked.url, asked.method, dict(asked.headers), asked.body)


def _client() -> Any:
    """Kaggle's client, signed in: it signs in when imported too, and prints rather than raises."""
    from kaggle.api.kaggle_api_extended import KaggleApi

    api = KaggleApi()
    try:
        api.authenticate()
    except SystemExit:
        raise Failed("no credentials that Kaggle accepts", _SIGN_IN) from None
    return api
