using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmTelemetry.CostExporter.Tests;

[Collection(PublicMeter.Name)] // Its trackers report to our public meter.
public sealed class PricesFromConfigurationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llm-prices-").FullName;
    private readonly ManualTime _time = new();
    private readonly ListLogger<CostExporterHost> _log = new();

    private string File => Path.Combine(_folder, "prices.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Without_a_word_about_prices_they_are_the_embedded_ones()
    {
        using var host = Build();

        Assert.Same(PriceBook.Embedded, host.Services.GetRequiredService<PriceBook>());
        Assert.Same(PriceBook.Embedded, Options(host).Prices);
    }

    [Fact]
    public void Configured_prices_are_the_exporters_and_those_of_whoever_asks_for_the_book()
    {
        using var host = Build(("Models:my-model:input", "2.5"), ("BaseModels:my-gpt", "gpt-4o"));
        var book = host.Services.GetRequiredService<PriceBook>();

        Assert.Equal(2.5m, Price(book, "my-model"));
        Assert.Equal(Price(PriceBook.Embedded, "gpt-4o"), Price(book, "my-gpt"));
        Assert.Same(book, Options(host).Prices);
    }

    [Fact]
    public async Task Tracked_call_is_priced_as_configured()
    {
        using var host = Build(("Models:0:Model", "my-model"), ("Models:0:Provider", "openai"), ("Models:0:input", "2"), ("Models:0:output", "4"));
        var hub = new UsageHub();
        var sink = new CostSink();
        using var subscription = hub.Subscribe(sink);
        var answer = ScriptedChatClient.Answer(new UsageDetails { InputTokenCount = 1_000, OutputTokenCount = 500, TotalTokenCount = 1_500 }, "my-model");
        using var client = new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(answer) }.UseUsageTracking(host.Services, o => o.Hub = hub);

        await client.GetResponseAsync("hello", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(0.004m, Assert.Single(sink.Costs));
    }

    // The names that a deployment sets, through the provider that an application reads them with.
    [Fact]
    public void Everything_can_be_said_by_environment()
    {
        WriteFile(7);
        (string Name, string Value)[] variables =
        [
            ("LlmTelemetry__Prices__File", File), ("LlmTelemetry__Prices__ReloadInterval", "00:00:03"),
            ("LlmTelemetry__Prices__Models__plain__input", "1"), ("LLMTELEMETRY__PRICES__MODELS__0__MODEL", "odd.name/v1:0"), ("LLMTELEMETRY__PRICES__MODELS__0__PROVIDER", "azure"),
            ("LLMTELEMETRY__PRICES__MODELS__0__INPUT", "2"), ("LlmTelemetry__Prices__BaseModels__my_gpt", "gpt-4o"),
            ("LlmTelemetry__Prices__BaseModels__0__Name", "my.gpt"), ("LlmTelemetry__Prices__BaseModels__0__BaseModel", "plain"),
        ];
        const string Prefix = "PRICES_TEST_";
        Array.ForEach(variables, v => Environment.SetEnvironmentVariable(Prefix + v.Name, v.Value));
        using var host = Build(configuration => configuration.AddEnvironmentVariables(Prefix));
        Array.ForEach(variables, v => Environment.SetEnvironmentVariable(Prefix + v.Name, null));
        var book = host.Services.GetRequiredService<PriceBook>();

        Assert.Equal((7m, 1m, 2m), (Price(book, "m", "acme"), Price(book, "plain"), Price(book, "odd.name/v1:0", "azure")));
        Assert.Equal((Price(PriceBook.Embedded, "gpt-4o"), 1m), (Price(book, "my_gpt"), Price(book, "my.gpt")));
        WriteFile(8);
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(8m, Price(book, "m", "acme"));
    }

    [Fact]
    public void Book_in_code_wins_over_the_configuration()
    {
        var own = PriceBook.Embedded.With(null, "own", new Dictionary<UsageBucket, decimal> { [UsageBucket.Input] = 1m });
        using var registered = Build(_ => { }, services => services.AddSingleton(own), ("Models:my-model:input", "2.5"));
        using var set = Build(_ => { }, services => services.Configure<CostExporterOptions>(o => o.Prices = own), ("Models:my-model:input", "2.5"));

        Assert.Same(own, Options(registered).Prices);
        Assert.Same(own, Options(set).Prices);
    }

    [Theory]
    [InlineData("Models:m:input", "-1", "LlmTelemetry:Prices:Models:m:input: '-1' is not right here; it must be USD for 1,000,000 tokens, from 0 to 10,000.")]
    [InlineData("Models:m:inptu", "1", "LlmTelemetry:Prices:Models:m:inptu: '1' is not right here; it must be at a bucket, which 'inptu' is not: input, cache_read,")]
    [InlineData("BaseModels:d", "gpt-99", "LlmTelemetry:Prices:BaseModels:d: 'gpt-99'")]
    [InlineData("BaseModels:d", "d", "d -> d")]
    [InlineData("BaseModels:d:BaseModel", "gpt-4o", "LlmTelemetry:Prices:BaseModels:d:BaseModel: 'gpt-4o' is not right here; it must be at BaseModels:d itself, or with a number")]
    [InlineData("File", "/no-such-file.json", "LlmTelemetry:Prices:File: Could not find file '/no-such-file.json'. It must be")]
    [InlineData("ReloadInterval", "10", "LlmTelemetry:Prices:ReloadInterval: '10'")]
    public async Task Bad_setting_keeps_the_host_from_starting_and_says_what_is_right(string key, string value, string message)
    {
        using var host = Build((key, value));

        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Path_in_the_place_of_the_section_is_refused_as_it_would_be_followed_by_nobody()
    {
        using var host = Build(configuration => configuration.AddInMemoryCollection([new("LlmTelemetry:Prices", "/etc/prices.json")]));

        var failure = Assert.Throws<OptionsValidationException>(() => host.Services.GetRequiredService<PriceBook>());

        Assert.Equal("LlmTelemetry:Prices: '/etc/prices.json' is not right here; it must be under a name: File, ReloadInterval, Models, BaseModels.", failure.Message);
    }

    [Fact]
    public async Task Bad_file_keeps_the_host_from_starting_and_says_where_it_is_bad()
    {
        WriteFile(-7);
        using var host = Build(("File", File));

        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.StartsWith($"LlmTelemetry:Prices:File: {File}: line 2: acme/m: input costs -7 USD", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Changed_file_is_followed_logged_and_counted_and_a_bad_one_is_refused()
    {
        WriteFile(1);
        using var host = Build(("File", File));
        var book = host.Services.GetRequiredService<PriceBook>();
        using var metrics = new MeasurementRecorder("LlmTelemetry.CostExporter", "llm.prices.reloads");

        WriteFile(2);
        _time.Advance(TimeSpan.FromSeconds(10));
        WriteFile(-2);
        _time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(2m, Price(book, "m", "acme"));
        Assert.Contains(_log.Lines, line => line.Level == LogLevel.Information && line.Text.Contains(book.Version, StringComparison.Ordinal));
        Assert.Contains($"{File}: line 2: acme/m: input costs -2 USD", Assert.Single(_log.Lines, line => line.Level == LogLevel.Error).Text, StringComparison.Ordinal);
        Assert.Contains("ok", metrics.Of("llm.prices.reloads").Select(m => m.Tags["llm.prices.result"]));
        Assert.Contains("failed", metrics.Of("llm.prices.reloads").Select(m => m.Tags["llm.prices.result"]));
    }

    [Fact]
    public void Misspelt_setting_of_prices_is_warned_of()
    {
        using var host = Build(("Flie", File), ("models:m:input", "1"));

        _ = Options(host);

        Assert.Contains("LlmTelemetry:Prices:Flie", Assert.Single(_log.Lines, line => line.Level == LogLevel.Warning).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Host_that_ends_follows_the_file_no_more()
    {
        WriteFile(1);
        var host = Build(("File", File));
        var book = host.Services.GetRequiredService<PriceBook>();
        host.Dispose();
        WriteFile(2);
        _time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(1m, Price(book, "m", "acme"));
    }

    private IHost Build(params (string Key, string Value)[] prices) => Build(_ => { }, _ => { }, prices);

    private IHost Build(Action<IConfigurationBuilder> configure, Action<IServiceCollection>? register = null, params (string Key, string Value)[] prices)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(prices.Select(p => new KeyValuePair<string, string?>("LlmTelemetry:Prices:" + p.Key, p.Value)));
        configure(builder.Configuration);
        builder.Services.AddSingleton<TimeProvider>(_time);
        builder.Services.AddSingleton<ILogger<CostExporterHost>>(_log);
        register?.Invoke(builder.Services);
        builder.Services.AddCostExporter(o => (o.Hub, o.Store) = (new UsageHub(), "sqlite::memory:"));
        return builder.Build();
    }

    private static CostExporterOptions Options(IHost host) => host.Services.GetRequiredService<IOptions<CostExporterOptions>>().Value;

    private void WriteFile(int usd) => System.IO.File.WriteAllText(
        File,
        $$"""
        {"schema": 1, "date": "2026-11-22", "currency": "USD", "source": "made up", "providers": [{"id": "acme", "models": [
        {"id": "m", "match": ["m"], "prices": [{"input": {{usd}}}]}]}]}
        """);

    private static decimal? Price(PriceBook book, string model, string? provider = "openai")
    {
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = 1_000_000;
        return book.Quote(provider, model, in usage, new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero))?.Amount;
    }

    private sealed class CostSink : IUsageSink
    {
        public List<decimal> Costs { get; } = [];

        public void Record(in UsageEvent usageEvent) => Costs.Add(usageEvent.Cost.Amount);
    }
}
