using LlmTelemetry.Instrumentation;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>Markup and tracking modes from a host's configuration, with the real provider of environment variables where it says so.</summary>
[Collection(PublicMeter.Name)] // Its trackers report to our public meter.
public sealed class MarkupConfigurationTests
{
    // A prefix of its own: the process's environment is one for all tests. The provider takes it off.
    private readonly string _prefix = "T" + Guid.NewGuid().ToString("N") + "_";

    [Fact]
    public void Environment_sets_markup_and_modes()
    {
        var rules = FromEnvironment(
            ("LlmTelemetry__Markup__Default", "5"),
            ("LlmTelemetry__Markup__Features__MY_PACKAGE", "10"),
            ("LlmTelemetry__Markup__Tenants__ACME", " -20 "),
            ("LlmTelemetry__Markup__Providers__OPENAI", "12.5"),
            ("LlmTelemetry__Tracking__Default", "Usage"),
            ("LlmTelemetry__Tracking__Features__SECRET", "none"),
            ("LlmTelemetry__Tracking__Features__CHAT", "MARKUP"));

        Assert.Equal([10m, 10m, 10m], [rules.PercentOf("my-package", "acme", "openai"), rules.PercentOf("My Package", "acme", "openai"), rules.PercentOf("my_package", "acme", "openai")]);
        Assert.Equal([-20m, 12.5m, 5m], [rules.PercentOf("x", "Acme", "openai"), rules.PercentOf("x", null, "openai"), rules.PercentOf(null, null, null)]);
        Assert.Equal(
            [TrackingMode.Markup, TrackingMode.None, TrackingMode.Markup, TrackingMode.Usage],
            [rules.ModeOf("my-package", null, null), rules.ModeOf("secret", null, null), rules.ModeOf("chat", null, null), rules.ModeOf("other", null, null)]);
    }

    [Theory]
    [InlineData("SEARCH___V2", "search - v2")]
    [InlineData("A__B", "a--b")]
    [InlineData("TEAM__CHAT", "team:chat")]
    public void Name_with_two_underscores_can_stand_in_the_environment(string variable, string feature) =>
        Assert.Equal(10, FromEnvironment(("LlmTelemetry__Markup__Features__" + variable, "10")).PercentOf(feature, null, null));

    [Fact]
    public void Environment_wins_over_a_file_also_in_another_spelling()
    {
        using var variables = new Variables(_prefix, ("LlmTelemetry__Markup__Features__MY_PACKAGE", "20"), ("LlmTelemetry__Tracking__Features__SECRET_AREA", "usage"));
        using var host = Build(configuration => configuration
            .AddInMemoryCollection([new("LlmTelemetry:Markup:Features:my-package", "10"), new("LlmTelemetry:Markup:Features:other", "1"), new("LlmTelemetry:Tracking:Features:secret area", "none")])
            .AddEnvironmentVariables(_prefix));

        var rules = host.Services.GetRequiredService<MarkupRules>();

        Assert.Equal([20m, 1m], [rules.PercentOf("my-package", null, null), rules.PercentOf("other", null, null)]);
        Assert.Equal(TrackingMode.Usage, rules.ModeOf("secret area", null, null));
    }

    [Fact]
    public void One_source_that_says_two_things_of_one_name_is_refused()
    {
        var failure = Failure(("Markup:Features:my-package", "10"), ("Markup:Features:My Package", "20"));

        Assert.Contains("LlmTelemetry:Markup:Features:my-package (10)", failure, StringComparison.Ordinal);
        Assert.Contains("LlmTelemetry:Markup:Features:My Package (20)", failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Markup:Features:search", "ten", "a percentage from -100 to 10000")]
    [InlineData("Markup:Features:search", "10%", "a percentage")]
    [InlineData("Markup:Features:search", "1,5", "a percentage")]
    [InlineData("Markup:Features:search", "NaN", "a percentage")]
    [InlineData("Markup:Features:search", "Infinity", "a percentage")]
    [InlineData("Markup:Features:search", "1e2", "a percentage")]
    [InlineData("Markup:Features:search", "", "a percentage")]
    [InlineData("Markup:Tenants:acme", "-100.5", "a percentage from -100 to 10000")]
    [InlineData("Markup:Providers:openai", "10000.1", "a percentage from -100 to 10000")]
    [InlineData("Markup:Default", "99999999999999999999999999999999", "a percentage")]
    [InlineData("Markup:Feature:search", "10", "LlmTelemetry:Markup:Features:NAME")]
    [InlineData("Markup:Defualt", "10", "LlmTelemetry:Markup:Default")]
    [InlineData("Markup:Default:search", "10", "LlmTelemetry:Markup:Features:NAME")]
    [InlineData("Markup:Features", "10", "LlmTelemetry:Markup:Features:NAME")]
    [InlineData("Markup:Features:", "10", "LlmTelemetry:Markup:Features:NAME")]
    [InlineData("Markup", "10", "LlmTelemetry:Markup:Default")]
    [InlineData("Tracking:Default", "off", "none, usage or markup")]
    [InlineData("Tracking:Features:search", "1", "none, usage or markup")]
    [InlineData("Tracking:Tenants:acme", "none", "LlmTelemetry:Tracking:Features:NAME")]
    public void Wrong_setting_is_refused_with_its_name_its_value_and_what_would_be_right(string key, string value, string right)
    {
        var failure = Failure((key, value));

        Assert.Contains("LlmTelemetry:" + key, failure, StringComparison.Ordinal);
        Assert.Contains($"'{value}'", failure, StringComparison.Ordinal);
        Assert.Contains(right, failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_setting_keeps_the_host_from_starting()
    {
        using var host = Build(configuration => configuration.AddInMemoryCollection([new("LlmTelemetry:Markup:Features:search", "ten")]));

        await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Markup_and_tracking_are_known_settings_and_without_them_there_are_no_rules()
    {
        var log = new ListLogger<CostExporterHost>();
        using var host = Build(
            configuration => configuration.AddInMemoryCollection([new("LlmTelemetry:Markup:Default", "1"), new("LlmTelemetry:Tracking:Default", "markup")]),
            services => services.AddSingleton<ILogger<CostExporterHost>>(log));
        using var bare = Build(_ => { });

        Assert.Equal(1, host.Services.GetRequiredService<IOptions<CostExporterOptions>>().Value.Markup!.Default);
        Assert.Empty(log.Lines);
        Assert.Null(bare.Services.GetRequiredService<IOptions<CostExporterOptions>>().Value.Markup);
        Assert.Same(MarkupRules.None, bare.Services.GetRequiredService<MarkupRules>());
    }

    [Fact]
    public void Code_wins_over_configuration_or_adds_to_it()
    {
        void Configured(IConfigurationBuilder configuration) =>
            configuration.AddInMemoryCollection([new("LlmTelemetry:Markup:Default", "1"), new("LlmTelemetry:Markup:Tenants:acme", "2")]);
        using var set = Build(Configured, options: o => o.Markup = new() { Default = 7 });
        using var added = Build(Configured, options: o => o.Markup = o.Markup!.With(new() { Default = 7 }));
        var own = new MarkupRules { Default = 9 };
        using var registered = Build(Configured, services => services.AddSingleton(own));

        Assert.Equal([7m, 7m], Percents(set));
        Assert.Equal([7m, 2m], Percents(added));
        Assert.Same(own, registered.Services.GetRequiredService<MarkupRules>());
        static decimal?[] Percents(IHost host) => host.Services.GetRequiredService<MarkupRules>() is var rules ? [rules.PercentOf(null, null, null), rules.PercentOf(null, "acme", null)] : [];
    }

    [Fact]
    public async Task Tracker_of_the_host_charges_by_the_environment_and_the_ledger_keeps_it()
    {
        using var variables = new Variables(_prefix, ("LlmTelemetry__Store", "sqlite::memory:"), ("LlmTelemetry__Markup__Features__MY_PACKAGE", "10"), ("LlmTelemetry__Tracking__Features__SECRET", "none"));
        var hub = new UsageHub();
        using var host = Build(configuration => configuration.AddEnvironmentVariables(_prefix), services => services.AddSingleton(hub), o => o.Hub = hub);
        await host.StartAsync(TestContext.Current.CancellationToken);
        using var provider = new ScriptedChatClient
        {
            Metadata = new("anthropic", null, "claude-sonnet-4-5"),
            OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(new() { InputTokenCount = 1_000, OutputTokenCount = 100 }, "claude-sonnet-4-5")),
        };
        using var client = provider.UseUsageTracking(host.Services);
        foreach (var feature in new[] { "my-package", "My Package", "secret", "other" })
        {
            using (UsageScope.Begin(feature: feature))
            {
                await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);
            }
        }

        await host.Services.GetRequiredService<CostExporterHost>().FlushAsync(TestContext.Current.CancellationToken);
        var reports = host.Services.GetRequiredService<UsageReports>();
        var report = await reports.QueryAsync(new() { From = reports.Today.AddDays(-1), To = reports.Today, By = [SpendDimension.Feature] }, TestContext.Current.CancellationToken);

        // 1,000 x 3 and 100 x 15 per million USD: 0.0045 for each call.
        Assert.Equal(
            [("My Package", 0.0045m, 0.00495m), ("my-package", 0.0045m, 0.00495m), ("other", 0.0045m, (decimal?)null)],
            report.Rows.Select(row => (row[SpendDimension.Feature]!, row.Cost, row.Charged)).OrderBy(row => row.Item1, StringComparer.Ordinal));
        Assert.Equal((3L, 2L, 0.0135m, 0.0099m), (report.Total.Calls, report.Total.ChargedCalls, report.Total.Cost, report.Total.Charged));
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    private static string Failure(params (string Key, string Value)[] settings)
    {
        using var host = Build(configuration => configuration.AddInMemoryCollection(settings.Select(s => new KeyValuePair<string, string?>("LlmTelemetry:" + s.Key, s.Value))));
        return Assert.Throws<OptionsValidationException>(() => host.Services.GetRequiredService<IOptions<CostExporterOptions>>().Value).Message;
    }

    private MarkupRules FromEnvironment(params (string Name, string Value)[] environment)
    {
        using var variables = new Variables(_prefix, environment);
        using var host = Build(configuration => configuration.AddEnvironmentVariables(_prefix));
        return host.Services.GetRequiredService<MarkupRules>();
    }

    private static IHost Build(Action<IConfigurationBuilder> configure, Action<IServiceCollection>? services = null, Action<CostExporterOptions>? options = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        configure(builder.Configuration);
        services?.Invoke(builder.Services);
        builder.Services.AddCostExporter(options);
        return builder.Build();
    }

    private sealed class Variables : IDisposable
    {
        private readonly string[] _names;

        public Variables(string prefix, params (string Name, string Value)[] variables)
        {
            _names = [.. variables.Select(variable => prefix + variable.Name)];
            foreach (var (name, value) in variables)
            {
                Environment.SetEnvironmentVariable(prefix + name, value);
            }
        }

        public void Dispose() => Array.ForEach(_names, name => Environment.SetEnvironmentVariable(name, null));
    }
}
