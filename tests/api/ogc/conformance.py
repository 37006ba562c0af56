"""Which of our tests are the abstract tests of each conformance class that is claimed.

A class stands in the service's list only with its row here; names are `module::test` under `tests`.
"""

__all__ = ["TESTS"]

_FEATURES = "http://www.opengis.net/spec/ogcapi-features-"
_CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf/"
_TILES = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/"
_PROCESSES = "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/"
_SETS = "http://www.opengis.net/spec/tms/2.0/conf/"

_DESCRIBED = (
    "api/ogc/test_document.py::test_the_document_is_of_the_version_that_the_standard_names",
    "api/ogc/test_document.py::test_the_document_is_one_of_openapi",
    "api/ogc/test_document.py::test_no_request_is_answered_otherwise_than_described",
)
_LANDING = (
    "api/ogc/test_core.py::test_the_landing_page_leads_to_everything",
    "api/ogc/test_core.py::test_the_promises_are_those_that_are_tested",
)
_OPERATORS = "layers/store/test_filters.py::test_operators"
_RELATIONS = (
    "layers/store/test_pages.py::test_places_lie_to_shapes_as_they_do_in_the_plane",
    "layers/store/test_pages.py::test_a_collection_is_compared_as_the_ground_that_it_covers",
)
_TEXT_AND_JSON = "api/ogc/test_filters.py::test_text_and_json_say_the_same"
_LIVES = "api/ogc/test_writing.py::test_a_feature_lives_and_goes"
_LISTED = "api/ogc/test_processes.py::test_processes_are_listed_and_described"
_WATCHED = "api/ogc/test_processes.py::test_a_job_is_watched_stopped_and_done_away_with"
_TILE_SET = "api/ogc/test_tiles.py::test_a_tile_set_says_what_is_in_its_tiles"
_TILE = "api/ogc/test_tiles.py::test_a_tile_holds_the_features_that_items_give"
_MATRIX_SET = "api/ogc/test_tiles.py::test_the_matrix_set_is_that_of_every_web_map"

TESTS: dict[str, tuple[str, ...]] = {
    f"{_FEATURES}1/1.0/conf/core": (
        *_LANDING,
        "api/ogc/test_core.py::test_every_layer_is_a_collection",
        "api/ogc/test_core.py::test_features_are_geojson",
        "api/ogc/test_core.py::test_the_next_links_lead_through_everything_once",
        "api/ogc/test_core.py::test_no_more_than_the_limit_comes",
        "api/ogc/test_core.py::test_a_box_holds_what_touches_it",
        "api/ogc/test_core.py::test_a_day_holds_what_is_valid_on_it",
        "api/ogc/test_core.py::test_a_field_with_a_value_is_a_filter",
        "api/ogc/test_core.py::test_what_means_nothing_is_a_bad_request",
        "api/ogc/test_core.py::test_what_is_not_there_is_not_found",
    ),
    f"{_FEATURES}1/1.0/conf/geojson": ("api/ogc/test_core.py::test_features_are_geojson",),
    f"{_FEATURES}1/1.0/conf/html": (
        "api/ogc/test_core.py::test_everything_is_a_page_too",
        "api/ogc/test_core.py::test_a_page_shows_features_and_leads_on",
    ),
    f"{_FEATURES}1/1.0/conf/oas30": _DESCRIBED,
    f"{_FEATURES}2/1.0/conf/crs": (
        "api/ogc/test_crs.py::test_each_collection_names_its_systems",
        "api/ogc/test_crs.py::test_longitude_comes_first_unless_another_system_is_asked_for",
        "api/ogc/test_crs.py::test_coordinates_stand_in_the_order_that_each_system_defines",
        "api/ogc/test_crs.py::test_a_box_is_read_in_the_order_of_its_system",
        "api/ogc/test_crs.py::test_another_system_is_refused",
    ),
    f"{_FEATURES}3/1.0/conf/queryables": (
        "api/ogc/test_filters.py::test_queryables_are_those_that_can_be_asked_for",
    ),
    f"{_FEATURES}3/1.0/conf/queryables-query-parameters": (
        "api/ogc/test_filters.py::test_queryables_are_those_that_can_be_asked_for",
        "api/ogc/test_core.py::test_a_field_with_a_value_is_a_filter",
    ),
    f"{_FEATURES}3/1.0/conf/filter": (
        _TEXT_AND_JSON,
        "api/ogc/test_filters.py::test_a_filter_narrows_what_else_is_asked_for",
        "api/ogc/test_crs.py::test_a_box_is_read_in_the_order_of_its_system",
        "api/ogc/test_core.py::test_what_means_nothing_is_a_bad_request",
    ),
    f"{_FEATURES}3/1.0/conf/features-filter": (
        "api/ogc/test_filters.py::test_a_filter_narrows_what_else_is_asked_for",
    ),
    f"{_FEATURES}4/1.0/conf/create-replace-delete": (
        _LIVES,
        "api/ogc/test_writing.py::test_what_is_no_feature_is_refused",
        "api/ogc/test_writing.py::test_only_what_was_opened_is_written",
    ),
    f"{_FEATURES}4/1.0/conf/update": (_LIVES,),
    f"{_FEATURES}4/1.0/conf/features": (
        _LIVES,
        "api/ogc/test_writing.py::test_coordinates_come_in_the_system_that_is_named",
        "api/ogc/test_writing.py::test_everything_that_is_wrong_is_said_at_once",
    ),
    f"{_FEATURES}4/1.0/conf/optimistic-locking-etags": (
        "api/ogc/test_writing.py::test_who_changes_says_of_which_version",
    ),
    f"{_CQL2}cql2-text": (_TEXT_AND_JSON, _OPERATORS),
    f"{_CQL2}cql2-json": (
        _TEXT_AND_JSON,
        "layers/store/test_pages.py::test_a_filter_in_json_is_refused_with_a_reason",
    ),
    f"{_CQL2}basic-cql2": (
        _OPERATORS,
        "layers/store/test_filters.py::test_moments_are_compared_as_moments",
        "layers/store/test_filters.py::test_refusals_say_why",
    ),
    f"{_CQL2}advanced-comparison-operators": (_OPERATORS,),
    f"{_CQL2}case-insensitive-comparison": (_OPERATORS,),
    f"{_CQL2}property-property": (_OPERATORS, _TEXT_AND_JSON),
    f"{_CQL2}basic-spatial-functions": _RELATIONS,
    f"{_CQL2}basic-spatial-functions-plus": _RELATIONS,
    f"{_CQL2}spatial-functions": _RELATIONS,
    f"{_TILES}core": (
        _TILE,
        "api/ogc/test_tiles.py::test_tile_numbers_are_read_strictly",
        "api/ogc/test_tiles.py::test_any_numbers_get_a_described_answer",
    ),
    f"{_TILES}tileset": (_TILE_SET, "api/ogc/test_tiles.py::test_tilejson_is_what_map_libraries_read"),
    f"{_TILES}tilesets-list": (_TILE_SET,),
    f"{_TILES}geodata-tilesets": ("api/ogc/test_tiles.py::test_layers_lead_to_their_tiles",),
    f"{_TILES}datetime": ("api/ogc/test_tiles.py::test_what_is_not_valid_on_a_day_is_not_drawn",),
    f"{_TILES}mvt": (_TILE, "api/ogc/test_tiles.py::test_areas_of_a_city_are_sound_on_every_level"),
    f"{_TILES}oas30": _DESCRIBED,
    f"{_SETS}tilematrixset": (_MATRIX_SET,),
    f"{_SETS}json-tilematrixset": (_MATRIX_SET,),
    f"{_PROCESSES}core": (
        *_LANDING,
        _LISTED,
        _WATCHED,
        "api/ogc/test_processes.py::test_each_analysis_gives_what_its_command_gives",
        "api/ogc/test_processes.py::test_inputs_come_by_reference_too_but_nothing_is_fetched",
        "api/ogc/test_processes.py::test_what_means_nothing_is_refused",
        "api/ogc/test_processes.py::test_files_of_a_result_can_be_fetched",
        "api/ogc/test_processes.py::test_one_output_comes_as_it_is_where_that_is_asked",
        "api/ogc/test_processes.py::test_several_outputs_come_as_parts_where_that_is_asked",
    ),
    f"{_PROCESSES}ogc-process-description": (_LISTED,),
    f"{_PROCESSES}json": (_LISTED, _WATCHED),
    f"{_PROCESSES}html": (
        _LISTED,
        "api/ogc/test_processes.py::test_a_job_is_stopped_from_its_page",
    ),
    f"{_PROCESSES}oas30": _DESCRIBED,
    f"{_PROCESSES}job-list": (_WATCHED,),
    f"{_PROCESSES}dismiss": (_WATCHED,),
}  # fmt: skip
