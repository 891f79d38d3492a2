namespace LlmTelemetry.Budgets;

/// <summary>What becomes of a call while the store cannot be asked.</summary>
public enum StoreFailurePolicy
{
    /// <summary>It is made, logged and counted; what it used is charged when the store is back.</summary>
    Open,

    /// <summary>It is refused.</summary>
    Closed,
}

/// <summary>What becomes of a call that a limit in USD applies to when nobody knows its price.</summary>
public enum UnknownPricePolicy
{
    /// <summary>It is made and costs the limit nothing; it is counted as unpriced.</summary>
    Allow,

    /// <summary>It is refused.</summary>
    Refuse,

    /// <summary>It is held and charged at the price of the dearest known model of its provider, or of all where that has none.</summary>
    AssumeDearest,
}

/// <summary>What becomes of a call that a limit has no room for.</summary>
public enum OverBudgetAction
{
    /// <summary>It is refused with <see cref="BudgetExceededException"/>.</summary>
    Refuse,

    /// <summary>Its <c>MaxOutputTokens</c> is lowered to what is left; refused only where not even <see cref="BudgetOptions.MinOutputTokens"/> are.</summary>
    CapOutput,

    /// <summary>It is made with <see cref="BudgetOptions.CheaperModel"/> where that has room; else refused.</summary>
    SwitchModel,

    /// <summary>It is made, and recorded as one that would have been refused.</summary>
    Shadow,
}
