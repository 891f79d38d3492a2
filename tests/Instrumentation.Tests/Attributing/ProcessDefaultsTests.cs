using System.Diagnostics;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>Client id, environment and the switch: code, then the services' configuration, then the process's environment variables.</summary>
public sealed class ProcessDefaultsTests : IDisposable
{
    private readonly TrackedCalls _calls = new();

    [Fact]
    public async Task Code_sets_client_and_environment_of_every_call_and_closer_sources_win()
    {
        using var client = _calls.Track(new ScriptedChatClient(), o => (o.ClientId, o.Environment) = ("shop-api", "staging"));

        await CallAsync(client);
        using (UsageScope.Begin(client: "scope", environment: "scope"))
        {
            await CallAsync(client);
            await CallAsync(client, new() { [Options.Client] = "key" });
        }

        Assert.Equal([("shop-api", "staging"), ("scope", "scope"), ("key", "scope")], _calls.Events.Select(e => (e.Attribution.Client, e.Attribution.Environment)));
    }

    [Fact]
    public void Services_say_what_code_does_not()
    {
        var services = new Services { [typeof(TrackingDefaults)] = new TrackingDefaults { ClientId = "configured", Environment = "configured", Enabled = false } };

        var options = UsageTrackingOptions.From(services);
        Assert.Equal(("configured", "configured", false), (options.ClientId, options.Environment, options.Enabled));
        (options.ClientId, options.Enabled) = ("code", true);
        Assert.Equal(("code", "configured", true), (options.ClientId, options.Environment, options.Enabled));
        services[typeof(UsageTrackingOptions)] = new UsageTrackingOptions { Environment = "code" };
        Assert.Equal(("configured", "code"), (UsageTrackingOptions.From(services).ClientId, UsageTrackingOptions.From(services).Environment));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Switched_off_everything_passes_through_and_our_keys_are_still_taken_out(bool isStreaming)
    {
        var inner = new ScriptedChatClient();
        using var client = _calls.Track(inner, o =>
        {
            o.Enabled = false;
            o.OnCompleted = (in UsageEvent _) => Assert.Fail("Not tracked.");
        });
        var options = new ChatOptions { AdditionalProperties = new() { [Options.User] = "ada", ["top_logprobs"] = 3 } };

        if (isStreaming)
        {
            Assert.Single(await client.GetStreamingResponseAsync("Hi", options, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));
        }
        else
        {
            Assert.Null((await client.GetResponseAsync("Hi", options, TestContext.Current.CancellationToken)).GetUsageCost());
        }

        Assert.Equal(["top_logprobs"], Assert.Single(inner.SeenOptions)!.AdditionalProperties!.Keys);
        Assert.Empty(_calls.Events);
        Assert.Empty(_calls.Spans);
        Assert.Empty(_calls.Measurements.Of(Metrics.UsageCalls));
    }

    [Fact]
    public void Wrong_value_in_code_is_refused_and_changes_nothing()
    {
        var options = new UsageTrackingOptions { ClientId = "shop-api", Environment = "staging" };

        Assert.Contains("'a\n'", Assert.Throws<ArgumentException>(() => options.ClientId = "a\n").Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => options.Environment = " ");
        Assert.Equal(("shop-api", "staging"), (options.ClientId, options.Environment));
        options.ClientId = null;
        Assert.Null(options.ClientId);
    }

    [Fact]
    public async Task Console_without_configuration_is_set_by_its_environment_variables() =>
        Assert.Equal(0, await RunChildAsync(nameof(Child_is_set_by_its_environment), ("LlmTelemetry__ClientId", "from-variable"), ("LlmTelemetry__Environment", "from-variable")));

    [Fact]
    public async Task Console_is_switched_off_by_its_environment_variable() =>
        Assert.Equal(0, await RunChildAsync(nameof(Child_is_switched_off), ("LlmTelemetry__Enabled", "false")));

    [Fact]
    public async Task Console_with_a_wrong_environment_variable_fails_when_the_client_is_wrapped() =>
        Assert.Equal(0, await RunChildAsync(nameof(Child_fails_at_its_start), ("LlmTelemetry__Enabled", "maybe")));

    // Explicit: run in a process of their own, by the tests above.
    [Fact(Explicit = true)]
    public async Task Child_is_set_by_its_environment()
    {
        using var client = _calls.Track(new ScriptedChatClient());
        using var other = _calls.Track(new ScriptedChatClient(), o => o.ClientId = "code");

        await CallAsync(client);
        await CallAsync(other);

        Assert.Equal([("from-variable", "from-variable"), ("code", "from-variable")], _calls.Events.Select(e => (e.Attribution.Client, e.Attribution.Environment)));
        Assert.Equal("configured", UsageTrackingOptions.From(new Services { [typeof(TrackingDefaults)] = new TrackingDefaults { ClientId = "configured" } }).ClientId);
    }

    [Fact(Explicit = true)]
    public async Task Child_is_switched_off()
    {
        using var client = _calls.Track(new ScriptedChatClient());

        await CallAsync(client);

        Assert.Empty(_calls.Events);
    }

    [Fact(Explicit = true)]
    public void Child_fails_at_its_start()
    {
        var problem = Assert.Throws<InvalidDataException>(() => new ScriptedChatClient().UseUsageTracking());

        Assert.Equal("LlmTelemetry__Enabled: 'maybe' is not right here; it must be true or false.", problem.Message);
        Assert.Throws<InvalidDataException>(() => new ScriptedChatClient().UseUsageTracking());
    }

    public void Dispose() => _calls.Dispose();

    // Environment variables are one set for all tests of a process, and read once in it.
    private static async Task<int> RunChildAsync(string test, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(ProcessDefaultsTests).Assembly.Location, "-method", $"{typeof(ProcessDefaultsTests).FullName}.{test}", "-explicit", "only"]) { RedirectStandardOutput = true };
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        using var child = Process.Start(start)!;
        var output = await child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        TestContext.Current.TestOutputHelper?.WriteLine(output);
        Assert.Contains("Total: 1, Errors: 0, Failed: 0, Skipped: 0", output, StringComparison.Ordinal);
        return child.ExitCode;
    }

    private static Task<ChatResponse> CallAsync(IChatClient client, AdditionalPropertiesDictionary? properties = null) =>
        client.GetResponseAsync("Hi", properties is null ? null : new ChatOptions { AdditionalProperties = properties }, TestContext.Current.CancellationToken);

    private sealed class Services : Dictionary<Type, object>, IServiceProvider
    {
        public object? GetService(Type serviceType) => TryGetValue(serviceType, out var service) ? service : null;
    }
}
