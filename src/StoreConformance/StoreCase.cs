namespace LlmTelemetry.StoreConformance;

/// <summary>One thing that every store must do. Cases may run in any order, and at the same time.</summary>
public sealed class StoreCase
{
    private readonly Func<Ledger, Task> _run;

    internal StoreCase(string name, Func<Ledger, Task> run, bool needsLasting = false)
    {
        _run = run;
        Name = name;
        NeedsLasting = needsLasting;
    }

    /// <summary>All cases.</summary>
    public static IReadOnlyList<StoreCase> All { get; } =
    [
        .. NumberingCases.All, .. SenderCases.All, .. ExactnessCases.All, .. NameCases.All, .. DimensionCases.All, .. PeriodCases.All, .. ZoneCases.All,
        .. RetentionCases.All, .. FigureCases.All, .. SessionCases.All, .. ReadingCases.All, .. OptionalCases.All, .. RemovalCases.All, .. CorrectionCases.All, .. LastingCases.All,
    ];

    /// <summary>What must hold, as a sentence. Unique.</summary>
    public string Name { get; }

    /// <summary>Whether it is about what outlives the object that keeps it: <see cref="StoreUnderTest.Lasting"/>.</summary>
    public bool NeedsLasting { get; }

    /// <summary>The case of this name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static StoreCase Named(string name) => All.FirstOrDefault(one => one.Name == name) ?? throw new ArgumentException($"There is no case '{name}'.", nameof(name));

    /// <summary>Runs the case against a new ledger.</summary>
    /// <exception cref="StoreCaseException">The store does not do it.</exception>
    /// <exception cref="ArgumentException">The case does not concern this store.</exception>
    public async Task RunAsync(StoreUnderTest under, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(under);
        if (NeedsLasting && !under.Lasting)
        {
            throw new ArgumentException($"'{Name}' is about stores that outlive their object, and this one does not: take {nameof(StoreUnderTest)}.{nameof(StoreUnderTest.Cases)}.", nameof(under));
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ledger = new Ledger(under, stop.Token);
        try
        {
            await Task.Run(() => _run(ledger), CancellationToken.None).WaitAsync(under.Patience, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException) when (ledger.IsOpen)
        {
            throw new StoreCaseException($"{Name}: expected to end within {under.Patience}, found it still at work.");
        }
        catch (StoreCaseException cause)
        {
            throw new StoreCaseException($"{Name}: {cause.Message}", cause.InnerException);
        }
        catch (Exception cause) when (!cancellationToken.IsCancellationRequested)
        {
            throw new StoreCaseException($"{Name}: expected an answer, found {cause.GetType().Name}: {cause.Message}", cause);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await ledger.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
