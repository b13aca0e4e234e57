"""Files as phones and computers name them."""

import io
import zipfile

import pytest

from cned_portal.common.files import RefusedFile, file_type


def archive(*names):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name in names:
            file.writestr(name, "exemple")
    return content.getvalue()


@pytest.mark.parametrize("name", ["photo.jpg", "photo.JPEG", "photo.jfif", "photo.jpe", "photo"])
def test_photo_is_taken_under_each_of_its_names(name):
    assert file_type(name, b"\xff\xd8\xff\xe0 exemple").extension == "jpg"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("devoir.pages", archive("Index/Document.iwa"), "exportez votre document en PDF"),
        ("devoir.zip", archive("devoir.txt"), "archives"),
        ("devoir.pdf", b"\xff\xd8\xff\xe0 exemple", "celui que son nom annonce"),
    ],
)
def test_refused_file_says_what_to_do(name, content, said):
    with pytest.raises(RefusedFile, match=said):
        file_type(name, content)
