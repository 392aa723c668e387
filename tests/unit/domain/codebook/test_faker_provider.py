import pytest
from faker import Faker

from tracer.domain.codebook.faker_provider import Provider
from tracer.domain.codebook.phonetics import sound_key
from tracer.domain.codebook.repertoire import given_words, surnames
from tracer.domain.codebook.spacing import least_distance
from tracer.domain.errors import InvalidValue


def fake(locale="zh_CN", seed=5):
    faker = Faker(locale)
    faker.seed_instance(seed)
    faker.add_provider(Provider)
    return faker


def test_names_are_of_the_locale_and_never_given_twice():
    faker = fake()
    names = [faker.canary_name() for _ in range(600)] + [faker.canary_name_male() for _ in range(300)]
    assert len(set(names)) == 900
    assert {name[0] for name in names} <= set(surnames("zh_CN").words)
    assert fake("en_GB").canary_name().split()[-1] in surnames("en_GB").words


def test_a_gender_is_kept_to():
    faker = fake()
    women = given_words("zh_CN", "female", 1).words
    men = given_words("zh_CN", "male", 1).words
    assert all(faker.canary_name_female()[1] in women for _ in range(200))
    assert all(faker.canary_name_male()[1] in men for _ in range(200))


def test_names_of_a_line_keep_their_distance_and_lines_do_not_mind_each_other():
    faker = fake()
    names = [faker.canary_name(line="a") for _ in range(150)]
    assert least_distance(names[:100]) == 3
    assert least_distance(names) == 2
    assert {sound_key(name) for name in names}.isdisjoint(sound_key(faker.canary_name(line="b")) for _ in range(50))


def test_the_seed_of_faker_decides():
    assert [fake(seed=1).canary_name() for _ in range(2)] == [fake(seed=1).canary_name() for _ in range(2)]
    assert fake(seed=1).canary_name() != fake(seed=2).canary_name()


def test_a_locale_without_a_codebook_is_refused():
    with pytest.raises(InvalidValue, match="zh_CN en_US en_GB"):
        fake("fr_FR").canary_name()
