"""The embedded servers, for real, in a folder of their own: start, crash, start again, stop."""

import os
import stat

import psycopg
import pytest
import redis

from cned_portal.embedded.services import Services, socket_folder


@pytest.fixture
def services(tmp_path):
    made = Services(tmp_path / "portal", durable=False, environment={})
    yield made
    made.stop()


def written_rows(services):
    with psycopg.connect(services.postgres.url()) as connection:
        return connection.execute("SELECT count(*) FROM kept").fetchone()[0]


def test_killed_database_is_found_again_with_its_data(services):
    assert services.start()
    assert not services.start(), "what runs is left alone"
    with psycopg.connect(services.postgres.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000)")
    services.postgres.kill()
    assert services.start()
    assert written_rows(services) == 1000

    services.stop()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(services.postgres.url())
    services.start()
    assert written_rows(services) == 1000


def test_redis_answers_on_its_socket_and_stops(services):
    services.redis.folder.parent.mkdir(parents=True)
    assert services.redis.start()
    client = redis.Redis.from_url(services.redis.url())
    assert client.ping()
    services.redis.stop()
    with pytest.raises(redis.ConnectionError):
        client.ping()


def test_nobody_else_reads_the_database(services):
    services.start()
    for folder in (services.postgres.data, services.postgres.sockets):
        assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700


def test_environment_replaces_the_services_one_by_one(tmp_path):
    only_redis = Services(tmp_path, environment={"DATABASE_URL": "postgres://elsewhere/portal"})
    assert only_redis.postgres is None
    assert list(only_redis.environment()) == ["REDIS_URL"]
    only_postgres = Services(tmp_path, environment={"REDIS_URL": "redis://elsewhere/0"})
    assert only_postgres.redis is None
    assert list(only_postgres.environment()) == ["DATABASE_URL"]


def test_sockets_of_a_deep_folder_stay_within_the_limit_of_the_system(tmp_path):
    deep = tmp_path / ("x" * 60) / ("y" * 60)
    assert len(str(socket_folder(deep) / ".s.PGSQL.5432")) < 107
    assert socket_folder(deep) != socket_folder(deep / "z")
    assert socket_folder(tmp_path) == tmp_path / "run"


def test_creation_cut_in_the_middle_is_made_again(services):
    half = services.folder / "postgres.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")
    services.start()
    assert not half.exists()
    with psycopg.connect(services.postgres.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("number", [1, os.getpid()], ids=["init", "another program"])
def test_lock_left_by_a_dead_server_does_not_keep_the_next_one_out(services, number):
    services.start()
    services.postgres.kill()
    lock = services.postgres.data / "postmaster.pid"
    lock.write_text(lock.read_text().replace(lock.read_text().split()[0], str(number), 1))
    assert services.start()
