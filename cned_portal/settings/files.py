"""Where uploaded and generated files go: a folder, or any store that speaks S3."""

from django.core.exceptions import ImproperlyConfigured


def media_storage(env):
    """Storage of the files: `MEDIA_STORAGE` is `folder` (in `MEDIA_ROOT`) or `s3` (`S3_BUCKET` and the rest).

    Objects are private: files are served by views that check who asks, never by an address of the store.
    """
    kind = env.str("MEDIA_STORAGE", default="folder")
    if kind == "folder":
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    if kind != "s3":
        raise ImproperlyConfigured(f"MEDIA_STORAGE vaut « folder » ou « s3 », pas « {kind} ».")
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": env.str("S3_BUCKET"),
            "endpoint_url": env.str("S3_ENDPOINT_URL", default="") or None,
            "region_name": env.str("S3_REGION", default="") or None,
            "access_key": env.str("S3_ACCESS_KEY"),
            "secret_key": env.str("S3_SECRET_KEY"),
            "default_acl": None,
            "file_overwrite": False,
        },
    }
