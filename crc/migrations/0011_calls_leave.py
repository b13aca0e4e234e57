from django.db import migrations


class Migration(migrations.Migration):
    """Answers to calls are kept by `users`. The table stays for the release that still writes in it."""

    dependencies = [
        ('crc', '0010_partners'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.DeleteModel(name='IdempotentCall')],
        ),
    ]
