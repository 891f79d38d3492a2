using System.Collections;

namespace LlmTelemetry.Usage.Tests;

/// <summary>What configuration says for every call of a process.</summary>
public sealed class TrackingDefaultsTests
{
    [Fact]
    public void Settings_say_client_environment_and_whether_calls_are_tracked()
    {
        var defaults = TrackingDefaults.FromSettings([new("ClientId", " shop-api "), new("ENVIRONMENT", "staging"), new("enabled", "FALSE"), new("Store", "x"), new("Prices:File", null)]);

        Assert.Equal(("shop-api", "staging", false), (defaults.ClientId, defaults.Environment, defaults.Enabled));
    }

    [Fact]
    public void Nothing_said_is_null()
    {
        var defaults = TrackingDefaults.FromSettings([new("ClientId", ""), new("Environment", null), new("Enabled", " ")]);

        Assert.Equal((null, null, null), (defaults.ClientId, defaults.Environment, defaults.Enabled));
    }

    [Theory]
    [InlineData("Enabled", "maybe", "true or false")]
    [InlineData("Enabled", "1", "true or false")]
    [InlineData("ClientId", "a\nb", "at most 256 characters without control characters")]
    [InlineData("Environment", "a\u0085b", "at most 256 characters without control characters")]
    public void Wrong_value_is_refused_with_setting_value_and_what_would_be_right(string key, string value, string right)
    {
        var problem = Assert.Throws<InvalidDataException>(() => TrackingDefaults.FromSettings([new(key, value)])).Message;

        Assert.StartsWith($"{key}: '{value}'", problem, StringComparison.Ordinal);
        Assert.Contains(right, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Environment_variables_are_read_by_their_full_names_in_any_case()
    {
        var defaults = TrackingDefaults.FromVariables(new Hashtable { ["LlmTelemetry__ClientId"] = "shop-api", ["LLMTELEMETRY__ENVIRONMENT"] = "staging", ["Enabled"] = "maybe", ["ClientId"] = "other" });

        Assert.Equal(("shop-api", "staging", null), (defaults.ClientId, defaults.Environment, defaults.Enabled));
    }

    [Fact]
    public void Wrong_environment_variable_is_named_as_it_is_set()
    {
        var problem = Assert.Throws<InvalidDataException>(() => TrackingDefaults.FromVariables(new Hashtable { ["LlmTelemetry__Enabled"] = "maybe" })).Message;

        Assert.Equal("LlmTelemetry__Enabled: 'maybe' is not right here; it must be true or false.", problem);
    }

    [Theory]
    [InlineData(" ")]
    [InlineData("a\0")]
    public void Code_is_held_to_the_same_rule(string value)
    {
        Assert.Throws<ArgumentException>(() => new TrackingDefaults { ClientId = value });
        Assert.Throws<ArgumentException>(() => new TrackingDefaults { Environment = value });
        Assert.Throws<ArgumentException>(() => new TrackingDefaults { ClientId = new string('x', 257) });
        Assert.Equal(256, new TrackingDefaults { ClientId = new string('x', 256) }.ClientId!.Length);
    }
}
