#!/usr/bin/env python3
"""Writes measure-core/src/special/golden.rs: special functions by mpmath with 60 digits.

    venv/bin/pip install mpmath
    venv/bin/python tables.py

Each argument is the float that is written. The incomplete gamma and beta functions are summed here from their series
and continued fractions, and held beside mpmath's own where that converges.
"""

import pathlib

from mpmath import *

mp.dps=60
out=[]
def F(x): return repr(float(x))
# the inputs are floats, exactly
def sect(name, rows, types):

    out.append(f"#[rustfmt::skip]\npub(super) const {name}: &[{types}] = &[")
    write(["("+", ".join(F(x) for x in r)+")," for r in rows])

def write(cells):
    """As many cells a line as fit."""
    line="   "
    for cell in cells:
        if len(line)+1+len(cell)>118:
            out.append(line); line="   "
        line+=" "+cell
    out.append(line)
    out.append("];\n")
# normal
rows=[]
for z in [-40,-8,-1.5,-1e-9,0,1e-300,0.1,0.6744897501960817,1.0,1.959963984540054,3.3,5.5,10.1,20.3,30.7,37.5]:
    rows.append((z, erfc(mpf(z)/sqrt(2))/2))
sect("NORMAL_SF", rows, "(f64, f64)")
rows=[]
def nq(u):
    u=mpf(u)
    if u==mpf(0.5): return mpf(0)
    if u>0.5: return -nq(1-u)
    z=sqrt(-2*log(u)) if u<0.05 else (mpf(.5)-u)*2.5
    f=lambda z: erfc(z/sqrt(2))/2
    for _ in range(200):
        # newton on log
        s=f(z); d=exp(-z*z/2)/sqrt(2*pi); st=log(s/u)*s/d; z+=st
        if abs(st)<mpf(10)**-45*abs(z): break
    return z
for u in [1e-300,1e-100,1e-20,1e-9,0.001,0.025,0.07,0.075,0.08,0.2,0.25,0.26,0.4999999,0.49999999999999994,0.5,0.5000001,0.7,0.95,0.999,1-1e-10,0.9999999999999999]:
    rows.append((u,nq(u)))
sect("NORMAL_QUANTILE", rows, "(f64, f64)")
def reg_lower_upper(a,x):
    a=mpf(a);x=mpf(x)
    if x==0: return mpf(0),mpf(1)
    lk=a*log(x)-x-loggamma(a)
    if x<=a or x<1:
        s=mpf(1);t=mpf(1);n=0
        while t>s*mpf(10)**-50:
            n+=1;t*=x/(a+n);s+=t
        P=exp(lk)*s/a
        if P<mpf('.999'): return P,1-P
        with workdps(400 if a<1e-5 else 100):
            a2=mpf(a);x2=mpf(x)
            s=mpf(1);t=mpf(1);n=0
            while t>s*mpf(10)**-(mp.dps-5):
                n+=1;t*=x2/(a2+n);s+=t
            P=exp(a2*log(x2)-x2-loggamma(a2))*s/a2
            return P,1-P
    # CF lentz in mp
    b=x+1-a; c=mpf(10)**300; d=1/b; h=d; i=0
    while True:
        i+=1; an=-i*(i-a); b+=2; d=1/(an*d+b); c=b+an/c; de=c*d; h*=de
        if abs(de-1)<mpf(10)**-45: break
    Q=exp(lk)*h
    return 1-Q,Q
rows=[]
for a in [1e-10,1e-3,0.3,0.5,1,2.5,10,33.3,100,500.5,999,1000,1234.5,5000,1e5]:
    for s in [-36,-20,-8,-3,-1,-0.1,0,0.1,1,3,8,20,36]:
        x=float(mpf(a)+s*sqrt(mpf(a)))
        if a<30 and s<0: x=a*{-36:1e-20,-20:1e-6,-8:0.01,-3:0.2,-1:0.5,-0.1:0.9}[s]
        if a<=1 and s>0: x={0.1:.5,1:1.,3:1.5,8:5.,20:50.,36:500.}[s]
        if x<=0: continue
        P,Q=reg_lower_upper(a,x)
        if min(P,Q)<mpf(10)**-305: 
            continue
        rows.append((a,x,P,Q))
for a,s in [(1e7,-30),(1e7,1.5),(1e8,-36),(1e8,-4),(1e8,-0.01),(1e8,0),(1e8,2),(1e8,36)]:
    x=float(mpf(a)+s*sqrt(mpf(a)))
    P,Q=reg_lower_upper(a,x)
    rows.append((a,x,P,Q))
sect("INCOMPLETE_GAMMA", rows, "(f64, f64, f64, f64)")
# beta
def bfrac(a,b,x,y):
    lam=a*y-b*x
    lk=a*log(x)+b*log(y)-(loggamma(a)+loggamma(b)-loggamma(a+b))
    c=1+lam;c0=b/a;c1=1+1/a;n=mpf(0);p=mpf(1);s=a+1;an=mpf(0);bn=mpf(1);an1=mpf(1);bn1=c/c1;r=c1/c
    while True:
        n+=1;t=n/a;w=n*(b-n)*x;e=a/s;al=p*(p+c0)*e*e*(w*x);e=(1+t)/(c1+t+t);be=n+w/s+e*(c+n*(1+y));p=1+t;s+=2
        t=al*an+be*an1;an=an1;an1=t;t=al*bn+be*bn1;bn=bn1;bn1=t
        r0=r;r=an1/bn1
        if abs(r-r0)<=mpf(10)**-45*r: break
        an/=bn1;bn/=bn1;an1=r;bn1=mpf(1)
    return exp(lk)*r
def ibeta(a,b,x):
    a=mpf(a);b=mpf(b);x=mpf(x);y=1-x
    if x<=a/(a+b): P=bfrac(a,b,x,y); return P,1-P
    Q=bfrac(b,a,y,x); return 1-Q,Q
for a,b,x in [(3,48,'.01'),(3.5,47.5,'.06'),(1000.5,999.5,'.47'),(0.5,20,'.001'),(40,900,'.02')]:
    assert abs(ibeta(a,b,mpf(x))[0]/betainc(a,b,0,mpf(x),regularized=True)-1)<mpf(10)**-40,(a,b,x)
rows=[]
for a,b in [(0.5,0.5),(1,1),(0.5,20),(3,48),(3.5,47.5),(1,1e6),(40,1e4),(1000.5,999.5),(1e5,2e5),(1e6,5),(1e7,1e7)]:
    m=mpf(a)/(mpf(a)+b); sd=sqrt(m*(1-m)/(mpf(a)+b+1))
    for s in [-30,-9,-2,-.3,.3,2,9,30]:
        x=float(m+s*sd)
        if x<=0: x=float(m*mpf(10)**(s/3))
        if x>=1: x=float(1-(1-m)*mpf(10)**(-s/3))
        if not 0<x<1: continue
        P,Q=ibeta(a,b,x)
        if min(P,Q)<mpf(10)**-305: continue
        rows.append((a,b,x,P,Q))
sect("INCOMPLETE_BETA", rows, "(f64, f64, f64, f64, f64)")
def tsf(t,df):
    t=mpf(t);df=mpf(df)
    if t==0: return mpf(1)/2
    x=df/(df+t*t); a=df/2;b=mpf(1)/2
    if t*t>1:
        y=1-x
        # lower I_x(a,b) : use series in x via pfaff: x^a/(aB) 2F1(a,1-b;a+1;x) -> or y^b form; choose CF mp
        s=mpf(0)
        # 2F1(a+b,1;a+1;x) alternative converge slow for x near 1: use integration by CF of BFRAC
        return bfrac(a,b,x,y)/2
    c=bfrac(b,a,1-x,x)
    return (1-c)/2
def tq(u,df):
    u=mpf(u)
    if u==mpf(.5): return mpf(0)
    if u>.5: return -tq(1-u,df)
    lo=mpf(0);hi=mpf(1)
    while tsf(hi,df)>u: hi*=16
    g=lambda lt: tsf(exp(lt),df)-u
    lt=findroot(lambda lt: log(tsf(exp(lt),df)/u) if u<.25 else (mpf(.5)-tsf(exp(lt),df))/(mpf(.5)-u)-1,(log(hi)-log(16) if hi>1 else log((mpf(.5)-u)*2), log(hi)),solver='secant' if u>=.25 else 'anderson',tol=mpf(10)**-60,maxsteps=300,verify=False)
    t=exp(lt); assert abs(tsf(t,df)/u-1)<mpf(10)**-25,(u,df,t,tsf(t,df))
    return t
rows=[];rq=[]
mp.dps=60
for df in [1,1.5,2,3,7,11.3,30,100.5,1e3,1e5,1e7,1e9]:
    for t in [-3,1e-200,1e-9,0.01,0.5,0.999,1.001,2,5,12,37,1e3,1e10,1e20,1e150,1e299]:
        v=tsf(abs(t),df); v=1-v if t<0 else v
        if v<mpf(10)**-305: continue
        rows.append((t,df,v))
    for u in [1e-300,1e-40,1e-9,0.005,0.025,0.2,0.3,0.4999,0.49999999999999994,0.8,0.975]:
        rq.append((u,df,tq(u,df)))
sect("STUDENT_SF", rows, "(f64, f64, f64)")
sect("STUDENT_QUANTILE", [r for r in rq if r[2]<mpf(10)**300], "(f64, f64, f64)")
rows=[]
for x in [1e-300,1e-10,0.1,0.5,0.999999,1.0000001,1.25,1.5,1.9999999,2.0000001,2.5,5.5,10,100.5,1e6,1e15,1e300]:
    rows.append((x,loggamma(mpf(x))))
sect("LN_GAMMA", rows, "(f64, f64)")
rows=[]
HEAD = """//! Special functions by mpmath with 60 digits: written by `tests/golden/special/tables.py`.
#![allow(clippy::approx_constant, reason = "a logarithm may be that of 2")]

"""
target = pathlib.Path(__file__).resolve().parents[3] / "src" / "special" / "golden.rs"
target.write_text(HEAD + "\n".join(out).rstrip() + "\n")
