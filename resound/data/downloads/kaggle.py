"""A dataset on Kaggle, through Kaggle's own client, which handles authentication."""

from pathlib import Path
from typing import Any

from resound.data.downloads.errors import SourceError
from resound.data.downloads.http import Request, download_file, strict_requests
from resound.data.downloads.remote import DownloadOptions, Remote, require_match
from resound.settings import Positive, settings

_SIGN_IN = (
    "run `kaggle auth login`, or create a token at https://www.kaggle.com/settings/api and set"
    " KAGGLE_API_TOKEN or save it as ~/.kaggle/access_token (older keys: KAGGLE_USERNAME and"
    " KAGGLE_KEY, or ~/.kaggle/kaggle.json)"
)


@settings
class Kaggle(Remote):
    """A dataset on Kaggle, downloaded as one zip archive."""

    kaggle: str
    """`owner/slug`, as in the dataset's address."""
    version: Positive | None = None
    """The version; by default the newest one at the first download."""

    def __post_init__(self) -> None:
        super().__post_init__()
        require_match(self.kaggle, r"[\w-]+/[\w-]+", "a dataset (owner/slug)")

    def __str__(self) -> str:
        return f"kaggle:{self.kaggle}" + (f"@{self.version}" if self.version else "")

    def default_name(self) -> str:
        """Return the slug, and the version if one is set."""
        slug = self.kaggle.rpartition("/")[2]
        return f"{slug}-v{self.version}.zip" if self.version else f"{slug}.zip"

    def download(self, target: Path, options: DownloadOptions) -> None:
        """Download the archive from the signed address that Kaggle's client returns.

        The client's own download sets no time-out on its first request, reports no progress and
        does not check the disk space. The client's address cannot be configured (except for
        `localhost` at port 80).
        """

        def make_request() -> Request:
            with strict_requests(options.policy):
                return _signed_request(self)

        download_file(make_request, target, str(self), options, self.size)

    def remedy(self, status: int | None) -> str:
        """Return advice on the account or the dataset."""
        page = f"https://www.kaggle.com/datasets/{self.kaggle}"
        remedies = {
            401: _SIGN_IN,
            403: f"sign in, open {page} and accept its terms",
            404: f"check that {page} still exists and is public",
        }
        return remedies.get(status or 0, f"download it from {page} in a browser")


def _signed_request(dataset: Kaggle) -> Request:
    """Return the current request for the archive. Raises SourceError without valid credentials."""
    api = _client()
    from kagglesdk.datasets.types.dataset_api_service import ApiDownloadDatasetRequest

    request = ApiDownloadDatasetRequest()
    request.owner_slug, request.dataset_slug = dataset.kaggle.split("/")
    request.dataset_version_number = dataset.version
    with api.build_kaggle_client() as client:
        response = client.datasets.dataset_api_client.download_dataset(request)
        response.close()
    # The last request after all redirects; requests removed the credentials for another host.
    final = response.request
    return Request(final.url, final.method, dict(final.headers), final.body)


def _client() -> Any:
    """Return Kaggle's client, signed in.

    The client also signs in when it is imported, and prints and exits instead of raising.
    """
    from kaggle.api.kaggle_api_extended import KaggleApi

    api = KaggleApi()
    try:
        api.authenticate()
    except SystemExit:
        raise SourceError("Kaggle accepts none of the credentials", _SIGN_IN) from None
    return api
