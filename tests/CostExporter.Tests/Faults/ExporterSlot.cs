namespace LlmTelemetry.CostExporter.Tests;

/// <summary>One place for an exporter process, with a connection of its own to watch: when its process is killed, another one takes it.</summary>
internal sealed class ExporterSlot(string name, int redisPort, FaultWatch watch, int seed, string? journal, bool unchecked_) : IAsyncDisposable
{
    private readonly List<ExporterLife> _lives = [];

    public FaultProxy Proxy { get; } = new(redisPort, watch);

    public IReadOnlyList<ExporterLife> Lives => _lives;

    public ExporterLife Current => _lives[^1];

    public void Start() => _lives.Add(ExporterLife.Start($"{name}-{_lives.Count + 1}", Proxy.Address, seed + _lives.Count, journal, unchecked_));

    public async Task KillAndStartAsync()
    {
        await Current.KillAsync();
        Start();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var life in _lives)
        {
            await life.DisposeAsync();
        }

        await Proxy.DisposeAsync();
    }
}
