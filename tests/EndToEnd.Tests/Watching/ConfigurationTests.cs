using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>The servers' own checkers accept the files that we ship. Rules are checked with a promtool of Prometheus 2, too: users have either.</summary>
public sealed class ConfigurationTests
{
    private const string OtlpBlock = "\notlp:";
    private const string Newest = "promtool";

    // Debian's, by the name that test.sh gives it.
    private const string OfPrometheus2 = "promtool2";

    [Theory]
    [InlineData(Newest)]
    [InlineData(OfPrometheus2)]
    public Task Promtool_accepts_the_rules(string promtool) =>
        AcceptedAsync(promtool, ["check", "rules", .. Repository.Files("prometheus/rules", "*.yml").Where(IsRules)]);

    [Theory]
    [InlineData(Newest)]
    [InlineData(OfPrometheus2)]
    public Task Promtool_sees_each_alert_fire_stay_silent_and_resolve(string promtool) =>
        AcceptedAsync(promtool, ["test", "rules", .. Repository.Files("prometheus/rules/tests", "*.yml")]);

    [Theory]
    [InlineData(Newest)]
    [InlineData(OfPrometheus2)]
    public Task Promtool_accepts_the_configuration_of_any_prometheus(string promtool) => AcceptedAsync(promtool, "check", "config", "prometheus/prometheus.yml");

    [Fact]
    public async Task Promtool_3_accepts_the_configuration_with_otlp()
    {
        Assert.SkipWhen((await VersionAsync(Newest)).Contains("version 2.", StringComparison.Ordinal), "this promtool is of Prometheus 2, which has no otlp block");
        await AcceptedAsync(Newest, "check", "config", "prometheus/prometheus-otlp.yml");
    }

    [Fact]
    public async Task The_promtool_of_prometheus_2_is_one() => Assert.Contains("version 2.", await VersionAsync(OfPrometheus2), StringComparison.Ordinal);

    [Fact]
    public void The_two_configurations_differ_in_the_otlp_block_alone()
    {
        var with = Repository.Read("prometheus/prometheus-otlp.yml");
        Assert.Contains(OtlpBlock, with, StringComparison.Ordinal);
        Assert.Equal(FromGlobal(Repository.Read("prometheus/prometheus.yml")), FromGlobal(with));
    }

    [Fact]
    public Task The_collector_accepts_its_configuration() => AcceptedAsync("otelcol", "validate", "--config", "otel-collector.yaml");

    [Theory]
    [InlineData(Newest)]
    [InlineData(OfPrometheus2)]
    public async Task A_checker_that_refuses_fails_the_test(string promtool)
    {
        var (code, output) = await RunAsync(promtool, "check", "rules", "otel-collector.yaml");
        Assert.NotEqual(0, code);
        Assert.Contains("FAILED", output, StringComparison.Ordinal);
    }

    private static bool IsRules(string file) => !file.Contains("/tests/", StringComparison.Ordinal);

    private static string FromGlobal(string configuration) => configuration[configuration.IndexOf("\nglobal:", StringComparison.Ordinal)..];

    private static async Task AcceptedAsync(string program, params IEnumerable<string> arguments)
    {
        var (code, output) = await RunAsync(program, [.. arguments]);
        Assert.True(code == 0, $"{await VersionAsync(program)}\n{output}");
    }

    // promtool's; otelcol understands it, too.
    private static async Task<string> VersionAsync(string program) => (await RunAsync(program, "--version")).Output.Split('\n')[0];

    private static Task<(int ExitCode, string Output)> RunAsync(string program, params string[] arguments) =>
        Tool.RunAsync(Server.Need(program), arguments, TestContext.Current.CancellationToken);
}
