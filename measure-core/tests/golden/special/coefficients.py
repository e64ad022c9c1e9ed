#!/usr/bin/env python3
"""Prints the coefficients in measure-core/src/special/temme.rs, by the recurrence of DLMF 8.12.10 in fractions, then
the table in measure-core/src/special/saddle.rs: what Stirling's formula leaves out at 1/2, 1, ..., 16.

    venv/bin/python coefficients.py
"""

from fractions import Fraction as F
from mpmath import mp, mpf
mp.dps=50
# mu(eta) series: eta^2/2 = mu - ln(1+mu); mu' = eta (1+mu)/mu ; solve for mu = sum m_i eta^i
N=40
m=[F(0),F(1)]
# mu*mu' = eta(1+mu): coefficient of eta^k: sum_{i} m_i (k+1-i) m_{k+1-i} = [k==1] + m_{k-1}
for k in range(2,N+3):
    # unknown m_k appears: i=1: m_1*k*m_k ; i=k: m_k*1*m_1 -> coefficient (k+1)
    s=F(0)
    for i in range(2,k):
        s+=m[i]*(k+1-i)*m[k+1-i]
    rhs=m[k-1]+(1 if k==1 else 0)
    m.append((rhs-s)/(k+1))
assert m[2]==F(1,3) and m[3]==F(1,36), m[:5]
# 1/mu = 1/eta * 1/(1+m2 eta+...) 
inv=[F(1)]
for k in range(1,N+1):
    inv.append(-sum(m[i+1]*inv[k-i] for i in range(1,k+1)))
# 1/mu coefficients: eta^{-1}: inv[0], eta^j: inv[j+1]
g=[F(1),F(1,12),F(1,288),F(-139,51840),F(-571,2488320),F(163879,209018880),F(5246819,75246796800)]
c=[[inv[j+1] for j in range(N)]]
for k in range(1,7):
    prev=c[-1]
    # (1/eta) d/eta prev : eta^{j}: (j+2)*prev[j+2], and eta^{-1}: prev[1]
    sg=(-1)**k*g[k]
    assert prev[1]+sg*inv[0]==0,(k,prev[1],sg)
    c.append([(j+2)*prev[j+2]+sg*inv[j+1] for j in range(len(prev)-2)])
for k,n in zip(range(6),[23,19,15,11,8,4]):
    print("    &[")
    for v in c[k][:n]:
        print("        %r,"%float(v))
    print("    ],")
print("table")
from mpmath import loggamma,log,pi
for h in range(1,33):
    z=mpf(h)/2
    print("    %r,"%float(loggamma(z+1)-(z+mpf(1)/2)*log(z)+z-log(2*pi)/2))
