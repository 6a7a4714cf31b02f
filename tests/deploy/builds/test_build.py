from cockpit.deploy.builds.build import build_of, delta_name, delta_pack_name, full_name, is_pack, manifest_name

NEW, OLD = "a" * 64, "b" * 64


def test_the_build_of_each_part_is_found_by_its_name() -> None:
    names = (manifest_name(NEW), full_name(NEW), delta_name(NEW, OLD), delta_pack_name(NEW, OLD))
    assert len(set(names)) == 4
    assert {build_of(name) for name in names} == {NEW}
    assert [is_pack(name) for name in names] == [False, True, False, True]


def test_another_name_belongs_to_no_build() -> None:
    assert [build_of(name) for name in ("", "x/full.zst", f"{NEW}/other.zst", f"../{NEW}/full.zst")] == [""] * 4
