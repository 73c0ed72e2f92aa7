using System.CommandLine;

namespace Crucible.Hosting.Tests;

public sealed class OptionFallbackTests : IDisposable
{
    private readonly string _settings = Path.GetTempFileName();
    private readonly Dictionary<string, string> _environment = [];

    public void Dispose() => File.Delete(_settings);

    [Fact]
    public void The_command_line_wins_over_the_environment_and_that_over_the_settings_file()
    {
        File.WriteAllText(_settings, """{ "depth": 3 }""");

        Assert.Equal(3, Parse(Depth()).GetValue<int>("--depth"));

        _environment["CRUCIBLE_DEPTH"] = "2";
        Assert.Equal(2, Parse(Depth()).GetValue<int>("--depth"));

        Assert.Equal(1, Parse(Depth(), "--depth", "1").GetValue<int>("--depth"));
    }

    [Fact]
    public void Without_any_source_the_option_keeps_its_own_default_and_its_own_demand()
    {
        File.Delete(_settings);
        var withDefault = new Option<int>("--depth") { DefaultValueFactory = _ => 7 };
        var required = new Option<int>("--depth") { Required = true };

        Assert.Equal(7, Parse(Fallback(withDefault)).GetValue<int>("--depth"));
        Assert.Single(Parse(Fallback(required)).Errors);
    }

    [Fact]
    public void A_required_option_is_satisfied_from_the_environment()
    {
        _environment["CRUCIBLE_DEPTH"] = "5";

        var parse = Parse(Fallback(new Option<int>("--depth") { Required = true }));

        Assert.Empty(parse.Errors);
        Assert.Equal(5, parse.GetRequiredValue<int>("--depth"));
    }

    [Fact]
    public void A_variable_that_is_empty_counts_as_not_set()
    {
        _environment["CRUCIBLE_DEPTH"] = "";
        File.WriteAllText(_settings, """{ "depth": 3 }""");

        Assert.Equal(3, Parse(Depth()).GetValue<int>("--depth"));
    }

    [Fact]
    public void Choices_and_parsers_judge_values_from_outside_and_the_error_names_their_origin()
    {
        _environment["CRUCIBLE_DEPTH"] = "many";
        var ack = new Option<string>("--depth");
        ack.AcceptOnlyFromAmong("fast", "quorum");
        var size = new Option<long>("--depth") { CustomParser = ByteSize.FromArgument };

        foreach (var parse in new[] { Parse(Depth()), Parse(Fallback(ack)), Parse(Fallback(size)) })
        {
            var error = Assert.Single(parse.Errors);
            Assert.StartsWith("CRUCIBLE_DEPTH: ", error.Message, StringComparison.Ordinal);
            Assert.Contains("many", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error.Message);
        }
    }

    [Fact]
    public void A_bad_value_outside_is_no_error_where_the_command_line_decides()
    {
        _environment["CRUCIBLE_DEPTH"] = "many";

        Assert.Empty(Parse(Depth(), "--depth", "4").Errors);
    }

    [Fact]
    public void Lists_come_from_commas_in_a_variable_and_from_arrays_in_the_settings_file()
    {
        File.WriteAllText(_settings, """{ "Nested": { "depth": ["a:1", "b:2"] } }""");

        Assert.Equal(["a:1", "b:2"], Parse(Targets()).GetValue<string[]>("--target")!);

        _environment["CRUCIBLE_TARGETS"] = "c:3, d:4,";
        Assert.Equal(["c:3", "d:4"], Parse(Targets()).GetValue<string[]>("--target")!);
    }

    [Theory]
    [InlineData("{", "not valid JSON")]
    [InlineData("[]", "an object is expected")]
    [InlineData("""{ "depth": { "x": 1 } }""", "must be a value")]
    [InlineData("""{ "depth": "three" }""", "three")]
    public void A_settings_file_that_is_wrong_is_an_error_that_names_it(string json, string expected)
    {
        File.WriteAllText(_settings, json);

        var error = Assert.Single(Parse(Depth()).Errors);

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        var origin = json.Contains("three", StringComparison.Ordinal) ? "appsettings.json" : _settings;
        Assert.Contains(origin, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void A_value_that_begins_with_a_dash_or_an_at_sign_is_a_value()
    {
        _environment["CRUCIBLE_DEPTH"] = "@file";

        Assert.Equal("@file", Parse(Fallback(new Option<string>("--depth"))).GetValue<string>("--depth"));
    }

    private Option<int> Depth() => Fallback(new Option<int>("--depth"));

    private Option<T> Fallback<T>(Option<T> option) => option.WithFallback("CRUCIBLE_DEPTH", "depth", Source());

    private Option<string[]> Targets() =>
        new Option<string[]>("--target").WithFallback("CRUCIBLE_TARGETS", "nested:depth", Source());

    private FallbackSource Source() => new(_environment.GetValueOrDefault, new SettingsFile(_settings));

    private static ParseResult Parse(Option option, params string[] args) => new RootCommand { option }.Parse(args);
}
