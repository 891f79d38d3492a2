using Microsoft.Extensions.AI;

namespace LlmTelemetry.Budgets;

/// <summary>One call as its caller asks for it; what it asks for may be lowered before it is made. The caller's own objects are never changed.</summary>
internal abstract class BudgetedCall
{
    /// <summary>The call's additional properties.</summary>
    public abstract AdditionalPropertiesDictionary? Properties { get; }

    /// <summary>The model that it asks for; null: none.</summary>
    public abstract string? Model { get; }

    /// <summary>The most that it may use. What the caller's own sequence throws is for the caller.</summary>
    /// <param name="estimates">Estimates.</param>
    /// <param name="model">The model, or the client's default.</param>
    public abstract CallSize Measure(CallEstimates estimates, string? model);

    /// <summary>Lowers the most output tokens; false: it has none.</summary>
    public virtual bool TryCap(int outputTokens) => false;

    /// <summary>Asks for another model; false: it cannot.</summary>
    public virtual bool TrySwitch(string model) => false;
}

/// <summary>A call whose answer comes at once.</summary>
internal interface ISingleCall<TAnswer>
{
    Task<TAnswer> SendAsync(CancellationToken cancellationToken);

    void Read(TAnswer answer, AnswerSeen seen);
}

/// <summary>A call whose answer comes in updates.</summary>
internal interface IStreamedCall<TUpdate>
{
    IAsyncEnumerable<TUpdate> Open(CancellationToken cancellationToken);

    void Read(TUpdate update, AnswerSeen seen);
}
